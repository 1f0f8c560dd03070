// compare-browser.js - what a user does with the page of ae-compare --html.
'use strict';

module.exports = async tab => {
    const {check} = tab;
    const settle = () => tab.eval('Promise.all([before.decode(), ' +
        'after.decode()]).then(() => new Promise(requestAnimationFrame))');
    const shift = () => tab.eval('before.style.transform');
    const focused = () => tab.eval('document.activeElement.id');

    // the worst is shown, both pictures are there, nothing was asked for
    await settle();
    check(await tab.eval('get("name").textContent') === 'three/far.png',
        'the worst is first');
    check(await tab.eval('before.naturalWidth === 256 && after.naturalWidth ' +
        '=== 256 && before.src !== after.src'), 'both pictures');
    check(tab.requests.every(u => /^(data|file):/.test(u)),
        'requests: ' + tab.requests);
    check(tab.requests.filter(u => u.startsWith('file:')).length === 1,
        'one file');
    check(await tab.eval('document.documentElement.scrollWidth <= innerWidth'),
        'wider than the window');

    // all is reached by Tab, and the focus is seen
    const reached = [];
    for (let i = 0; 30 > i; i++) {
        await tab.key('Tab');
        if (await tab.eval('document.activeElement === document.body'))
            break;
        reached.push(await focused());
        check(await tab.eval('getComputedStyle(document.activeElement)' +
            '.outlineStyle !== "none"'), 'focus unseen at ' + reached[i]);
    }
    for (const id of ['stage', 'split', 'next', 'out', 'in', 'pixels', 'fit',
        'view', 'filter', 'order'])
        check(reached.includes(id), id + ' is not reached by Tab');

    // the slider, by keys
    await tab.eval('split.focus(), scrollTo(0, 0)');
    const before = await tab.eval('get("over").style.clipPath');
    await tab.key('ArrowLeft');
    check(await tab.eval('split.value') === '495', 'the slider moved');
    check(await tab.eval('get("over").style.clipPath') !== before &&
        await tab.eval('get("edge").style.left') === '49.5%',
    'the divider moved');
    // and by the mouse: at a quarter of its track
    const box = JSON.parse(await tab.eval(
        'JSON.stringify(split.getBoundingClientRect())'));
    await tab.mouse('mousePressed', box.x + box.width / 4, box.y + 4);
    await tab.mouse('mouseReleased', box.x + box.width / 4, box.y + 4);
    check(Math.abs(await tab.eval('Number(split.value)') - 250) < 20,
        'the slider is dragged');

    // zoom in step: keys, wheel at a point that stays, drag
    await tab.key('1');
    check(/scale\(1\)$/.test(await shift()), '1:1');
    await tab.key('+');
    check(/scale\(1\.5\)$/.test(await shift()), '+');
    const stage = JSON.parse(await tab.eval(
        'JSON.stringify(stage.getBoundingClientRect())'));
    const x = stage.x + 100, y = stage.y + 60;
    const under = 'JSON.stringify([(100 - at.x) / at.zoom, ' +
        '(60 - at.y) / at.zoom])';
    const point = await tab.eval(under);
    await tab.mouse('mouseWheel', x, y, {deltaX: 0, deltaY: -120,
        button: 'none'});
    await tab.eval('new Promise(requestAnimationFrame)');
    check(await tab.eval('at.zoom') > 1.5, 'the wheel zooms');
    const [p, q] = [point, await tab.eval(under)].map(JSON.parse);
    check(Math.hypot(p[0] - q[0], p[1] - q[1]) < 1, 'about the pointer');
    const from = JSON.parse(await tab.eval('JSON.stringify(at)'));
    await tab.mouse('mousePressed', x, y);
    await tab.mouse('mouseMoved', x + 30, y + 20, {buttons: 1});
    await tab.mouse('mouseReleased', x + 30, y + 20);
    const to = JSON.parse(await tab.eval('JSON.stringify(at)'));
    check(to.x - from.x === 30 && to.y - from.y === 20, 'dragged by ' +
        [to.x - from.x, to.y - from.y]);
    check(await tab.eval('before.style.transform === after.style.transform'),
        'in step');

    // the difference, the next pair, the sheet
    await tab.key('d');
    check(await tab.eval('getComputedStyle(get("over")).mixBlendMode') ===
        'difference', 'd');
    await tab.key('n');
    await settle();
    check(await tab.eval('get("name").textContent') === 'three/near.png', 'n');
    await tab.eval('filter.focus()');
    for (const letter of 'same')
        await tab.key(letter);
    check(await tab.eval('get("cells").children.length') === 1, 'filtered');
    await tab.eval('get("cells").querySelector("button").focus()');
    await tab.key('Enter');
    await settle();
    check(await tab.eval('get("name").textContent') === 'three/same.png',
        'a cell is opened');
    check(await focused() === 'split', 'the focus is on the slider');
    check(await tab.eval('get("figures").textContent').then(
        t => t.includes('\u221e\u00a0dB')), 'infinity, with the unit');
    check(await tab.eval('get("cells").textContent').then(
        t => /^psnr .*\u00a0dB/.test(t)), 'the unit in a cell');
};
