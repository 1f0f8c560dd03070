// score-browser.js - what a user does with the page of ae-score --html.
'use strict';

module.exports = async tab => {
    const {check} = tab;
    const said = () => tab.eval('plot.closest("section")' +
        '.querySelector("output").textContent');
    const value = () => tab.eval('Number(plot.getAttribute("aria-valuenow"))');

    // one file, no wider than the window, whose pictures are there
    check(tab.requests.every(u => /^(data|file):/.test(u)) &&
        tab.requests.filter(u => u.startsWith('file:')).length === 1,
    'requests: ' + tab.requests);
    check(await tab.eval('document.documentElement.scrollWidth <= innerWidth'),
        'wider than the window');
    check(await tab.eval('[...document.images].every(im => im.complete && ' +
        'im.naturalWidth > 0)'), 'a picture is missing');
    check(await tab.eval('document.images.length > 0 || ' +
        'document.querySelectorAll(".looks svg").length > 0'), 'no items');

    // every drawing is reached by Tab, and the focus is seen
    const plots = await tab.eval('document.querySelectorAll(".plot").length');
    const reached = new Set();
    for (let i = 0; 8 > i; i++) {
        await tab.key('Tab');
        const at = await tab.eval('[...document.querySelectorAll(".plot")]' +
            '.indexOf(document.activeElement)');
        if (at >= 0)
            reached.add(at);
        check(at === -1 || await tab.eval('getComputedStyle(' +
            'document.activeElement).outlineStyle !== "none"'), 'focus unseen');
    }
    check(plots > 0 && reached.size === plots, 'plots reached: ' +
        [...reached] + ' of ' + plots);

    for (let i = 0; plots > i; i++) {
        await tab.eval(`globalThis.plot = document.querySelectorAll(".plot")` +
            `[${i}], plot.scrollIntoView(), plot.focus()`);
        const told = JSON.parse(await tab.eval(
            'plot.querySelector(".told").textContent'));
        // keys: along it, to its ends, from one odd stretch to the next
        check(await tab.eval('getComputedStyle(plot.querySelector("line"))' +
            '.visibility') === 'hidden', 'a mark before any is asked for');
        await tab.key('ArrowRight');
        check(await value() === 1 && await said() === told.at[1], 'right');
        await tab.key('ArrowLeft');
        await tab.key('ArrowLeft');
        check(await said() === told.at[0], 'no further than the first');
        await tab.key('End');
        check(await said() === told.at[told.at.length - 1], 'End');
        await tab.key('Home');
        await tab.key('n');
        const odd = told.odd.sort((a, b) => a - b).filter(o => o > 0);
        check(await value() === (odd.length ? odd[0] : 0), 'n');
        // a mark in the middle of every drawing of it; pointing there says so
        const middle = Math.floor(told.at.length / 2);
        const point = JSON.parse(await tab.eval(`(() => {
            const svg = plot.querySelector('svg');
            const box = svg.getBoundingClientRect();
            const from = Number(svg.dataset.from), to = Number(svg.dataset.to);
            const x = from + (${middle} + 0.5) / ${told.at.length} *
                (to - from);
            plot.parentElement.scrollLeft = 0;
            plot.parentElement.scrollLeft = Math.max(0, x * box.width /
                svg.viewBox.baseVal.width - 100);
            const now = svg.getBoundingClientRect();
            return JSON.stringify([now.x + x * now.width /
                svg.viewBox.baseVal.width, now.y + now.height / 2]);
        })()`));
        await tab.mouse('mouseMoved', point[0], point[1], {button: 'none'});
        check(Math.abs(await value() - middle) <= 1 + told.at.length / 800,
            `pointed at ${await value()}, not ${middle}`);
        check(await said() === told.at[await value()], 'told of the pointer');
        check(await tab.eval('[...plot.querySelectorAll("line")].every(m => ' +
            'm.getAttribute("x1") > 0)'), 'marks');
    }
};
