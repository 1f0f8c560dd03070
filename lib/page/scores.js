// scores.js - tells what lies at each place of a drawing: under the pointer,
// or where the arrow keys go.
'use strict';
const SVG = 'http://www.w3.org/2000/svg';

function begin(plot) {
    const told = JSON.parse(plot.querySelector('.told').textContent);
    const drawings = [...plot.querySelectorAll('svg')];
    const output = plot.closest('section').querySelector('output');
    const odd = told.odd.sort((a, b) => a - b);
    const last = told.at.length - 1;
    let at = 0;
    const marks = drawings.map(svg => {
        const mark = document.createElementNS(SVG, 'line');
        mark.setAttribute('y1', 0);
        mark.setAttribute('y2', svg.viewBox.baseVal.height);
        svg.append(mark);
        return mark;
    });

    const ends = svg => [Number(svg.dataset.from), Number(svg.dataset.to)];

    function show(place) {
        at = Math.min(Math.max(place, 0), last);
        drawings.forEach((svg, i) => {
            const [from, to] = ends(svg);
            const x = from + (at + 0.5) / (last + 1) * (to - from);
            marks[i].setAttribute('x1', x);
            marks[i].setAttribute('x2', x);
        });
        output.textContent = told.at[at];
        plot.setAttribute('aria-valuenow', at);
        plot.setAttribute('aria-valuetext', told.at[at]);
    }

    // Brings the place into a drawing that is wider than the window.
    function follow() {
        const scroll = plot.parentElement;
        const x = marks[0].getBoundingClientRect().x;
        const box = scroll.getBoundingClientRect();
        if (box.left + 40 > x || x > box.right - 40)
            scroll.scrollLeft += x - (box.left + box.right) / 2;
    }

    function point(e) {
        const svg = e.target.closest('svg');
        if (!svg)
            return;
        const box = svg.getBoundingClientRect();
        const [from, to] = ends(svg);
        const x = (e.clientX - box.left) * svg.viewBox.baseVal.width /
            box.width;
        show(Math.floor((x - from) / (to - from) * (last + 1)));
    }

    const page = Math.ceil((last + 1) / 20);
    const keys = {
        ArrowRight: () => at + 1, ArrowLeft: () => at - 1,
        ArrowUp: () => at + 1, ArrowDown: () => at - 1,
        PageUp: () => at + page, PageDown: () => at - page,
        Home: () => 0, End: () => last,
        n: () => odd.find(o => o > at) ?? at,
        p: () => odd.findLast(o => at > o) ?? at,
    };

    plot.setAttribute('aria-valuemax', last);
    plot.addEventListener('pointermove', point);
    plot.addEventListener('pointerdown', point);
    plot.addEventListener('keydown', e => {
        if (!keys[e.key] || e.ctrlKey || e.altKey || e.metaKey)
            return;
        show(keys[e.key]());
        follow();
        e.preventDefault();
    });
}

document.querySelectorAll('.plot').forEach(begin);
