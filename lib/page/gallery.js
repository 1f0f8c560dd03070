// gallery.js - the slider between a picture and its reference, and the sheet
// of all pairs.  The page holds what it shows in the element `pairs`.
'use strict';
const page = JSON.parse(document.getElementById('pairs').textContent);
const get = id => document.getElementById(id);
const stage = get('stage'), before = get('before'), after = get('after');
const split = get('split'), filter = get('filter'), order = get('order');
const SHOWN = 120, MOST_ZOOM = 64;
let shown = SHOWN; // cells of the sheet
let current = null; // the pair that the slider shows
let listed = []; // pairs by filter and order
let at = {x: 0, y: 0, zoom: 1}; // of the pictures' corner, in CSS pixels

const number = v => v === 'inf' ? Infinity : v === null ? NaN : v;

// The pair's figure of column i, with its unit.
function figure(pair, i) {
    const v = pair.values[i], unit = page.units[i];
    const text = v === null ? '-' : v === 'inf' ? '\u221e' :
        Number(v.toPrecision(5)).toString();
    return unit && v !== null ? text + '\u00a0' + unit : text;
}

// ------------------------------------------------------------------ slider

function place() {
    const how = `translate(${at.x}px,${at.y}px) scale(${at.zoom})`;
    before.style.transform = after.style.transform = how;
    stage.classList.toggle('large', at.zoom * devicePixelRatio >= 2);
    get('zoom').textContent =
        Math.round(100 * at.zoom * devicePixelRatio) + ' %';
}

function cut() {
    const share = split.value / 10;
    const diff = get('view').value !== '0';
    get('over').style.clipPath = diff ? '' : `inset(0 0 0 ${share}%)`;
    get('edge').style.left = share + '%';
    split.setAttribute('aria-valuetext', share + ' % of the reference');
}

// Keeps the point of the stage at (x, y) where it is.
function zoomTo(zoom, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
    const z = Math.min(Math.max(zoom, 0.01), MOST_ZOOM);
    at.x = x - (x - at.x) * z / at.zoom;
    at.y = y - (y - at.y) * z / at.zoom;
    at.zoom = z;
    place();
}

function centre(zoom) {
    at.zoom = Math.min(zoom, MOST_ZOOM);
    at.x = (stage.clientWidth - before.naturalWidth * at.zoom) / 2;
    at.y = (stage.clientHeight - before.naturalHeight * at.zoom) / 2;
    place();
}

const fit = () => centre(Math.min(stage.clientWidth / before.naturalWidth,
    stage.clientHeight / before.naturalHeight));
const pixels = () => centre(1 / devicePixelRatio);

function pan(dx, dy) {
    at.x += dx;
    at.y += dy;
    place();
}

function setView() {
    const gain = Number(get('view').value);
    stage.classList.toggle('diff', gain > 0);
    get('layers').style.filter = gain > 1 ? `brightness(${gain})` : '';
    cut();
}

function note(pair) {
    if (!pair.full && !pair.small)
        return 'Too far from the worst: the page holds no picture of it.';
    if (!pair.full)
        return 'Reduced: the page holds the full pictures of the worst ' +
            page.worst + ' only.';
    const w = pair.window;
    return w ? `The window ${w[2]}\u00d7${w[3]}+${w[0]}+${w[1]} of ` +
        `${pair.w}\u00d7${pair.h}, where the two differ most.` :
        `${pair.w}\u00d7${pair.h} pixels.`;
}

function show(pair) {
    const pictures = pair.full || pair.small || ['', ''];
    current = pair;
    get('name').textContent = pair.name;
    get('note').textContent = note(pair);
    get('figures').replaceChildren(...page.columns.map((name, i) => {
        const row = document.createElement('div');
        row.append(Object.assign(document.createElement('dt'),
            {textContent: name}));
        row.append(Object.assign(document.createElement('dd'),
            {textContent: figure(pair, i)}));
        return row;
    }));
    [before, after].forEach((im, i) => {
        im.hidden = !pictures[i];
        if (pictures[i])
            im.src = pictures[i];
    });
    if (pictures[0])
        before.decode().then(fit, () => {});
    for (const cell of get('cells').querySelectorAll('button'))
        mark(cell);
    const i = listed.indexOf(pair);
    get('previous').disabled = !(i > 0);
    get('next').disabled = !(listed.length - 1 > i);
}

function step(by) {
    const pair = listed[listed.indexOf(current) + by];
    if (pair)
        show(pair);
}

// ------------------------------------------------------------------- sheet

function mark(cell) {
    if (Number(cell.value) === current.rank)
        cell.setAttribute('aria-current', 'true');
    else
        cell.removeAttribute('aria-current');
}

function cellOf(pair) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    const by = order.value === 'name' ? 0 : Number(order.value);
    const picture = document.createElement(pair.small ? 'img' : 'span');
    button.value = pair.rank;
    button.type = 'button';
    picture.className = pair.small && pair.w > 64 ? '' :
        pair.small ? 'small' : 'none';
    if (pair.small) {
        picture.alt = '';
        picture.src = pair.small[1];
    }
    const value = document.createElement('b');
    value.textContent = page.columns[by] + ' ' + figure(pair, by);
    button.append(picture, value, document.createElement('br'), pair.name);
    button.title = pair.name;
    button.addEventListener('click', () => {
        show(pair);
        get('viewer').scrollIntoView();
        split.focus({preventScroll: true});
    });
    mark(Object.assign(button));
    item.append(button);
    return item;
}

function byColumn(i) {
    const sign = page.higher[i] ? 1 : -1;
    return (a, b) => {
        const x = number(a.values[i]), y = number(b.values[i]);
        if (x === y || x !== x || y !== y) // no number is the worst
            return (x === x) - (y === y) || a.rank - b.rank;
        return x > y ? sign : -sign;
    };
}

function list() {
    const wanted = filter.value.toLowerCase();
    listed = page.pairs.filter(p => p.name.toLowerCase().includes(wanted));
    if (order.value === 'name')
        listed.sort((a, b) => a.name > b.name ? 1 : a.name === b.name ? 0 : -1);
    else
        listed.sort(byColumn(Number(order.value)));
    get('cells').replaceChildren(...listed.slice(0, shown).map(cellOf));
    get('count').textContent = `${Math.min(shown, listed.length)} of ` +
        `${listed.length}`;
    get('more').hidden = !(listed.length > shown);
}

// -------------------------------------------------------------------- keys

const keys = {
    '+': () => zoomTo(at.zoom * 1.5),
    '=': () => zoomTo(at.zoom * 1.5),
    '-': () => zoomTo(at.zoom / 1.5),
    '0': fit,
    '1': pixels,
    'n': () => step(1),
    'p': () => step(-1),
    'd': () => {
        const view = get('view');
        view.selectedIndex = (view.selectedIndex + 1) % view.length;
        setView();
    },
};
const arrows = {
    ArrowLeft: [40, 0], ArrowRight: [-40, 0],
    ArrowUp: [0, 40], ArrowDown: [0, -40],
};

function press(e) {
    if (e.ctrlKey || e.altKey || e.metaKey || e.target === filter)
        return;
    const arrow = e.target === stage && arrows[e.key];
    if (arrow)
        pan(...arrow);
    else if (keys[e.key] && e.target.tagName !== 'SELECT')
        keys[e.key]();
    else
        return;
    e.preventDefault();
}

function drag(e) {
    if (!stage.hasPointerCapture(e.pointerId))
        return;
    pan(e.movementX, e.movementY);
}

function begin() {
    const options = page.columns.map((name, i) => new Option(name, i));
    order.replaceChildren(...options, new Option('name', 'name'));
    document.addEventListener('keydown', press);
    stage.addEventListener('wheel', e => {
        const box = stage.getBoundingClientRect();
        zoomTo(at.zoom * Math.exp(-e.deltaY / 400), e.clientX - box.left,
            e.clientY - box.top);
        e.preventDefault();
    }, {passive: false});
    stage.addEventListener('pointerdown', e => {
        stage.setPointerCapture(e.pointerId);
        stage.classList.add('moved');
    });
    stage.addEventListener('pointermove', drag);
    stage.addEventListener('lostpointercapture', () =>
        stage.classList.remove('moved'));
    split.addEventListener('input', cut);
    get('view').addEventListener('change', setView);
    get('in').addEventListener('click', keys['+']);
    get('out').addEventListener('click', keys['-']);
    get('fit').addEventListener('click', fit);
    get('pixels').addEventListener('click', pixels);
    get('previous').addEventListener('click', keys.p);
    get('next').addEventListener('click', keys.n);
    get('more').addEventListener('click', () => {
        shown += SHOWN;
        list();
    });
    filter.addEventListener('input', list);
    order.addEventListener('change', list);
    addEventListener('resize', () => !before.hidden && fit());
    page.pairs.forEach((pair, i) => pair.rank = i);
    if (!page.pairs.length)
        return;
    current = page.pairs[0];
    list();
    show(current);
    setView();
}

begin();
