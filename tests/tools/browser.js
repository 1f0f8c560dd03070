// browser.js - opens a page in headless Chromium and acts as a user does:
// `node browser.js PAGE CHECKS.js [WIDTH HEIGHT [dark]]`.
//
// CHECKS.js exports an async function that gets a tab: eval(text) gives what
// an expression is in the page, key(name) presses a key, mouse(type, x, y,
// more) moves and clicks, requests lists all URLs that were asked for, errors
// what the page complained of, check(ok, what) fails the run.
'use strict';
const {spawn} = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const [page, checks, width = 1280, height = 900, dark] = process.argv.slice(2);
const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'browser-'));
const chromium = spawn('chromium', ['--headless', '--no-sandbox',
    '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-pipe',
    '--user-data-dir=' + profile, 'about:blank'],
{stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']});

// The protocol: messages of JSON on two pipes, each ended by a NUL.
const waiting = new Map(), handlers = {};
let number = 0, session, rest = '';

function send(method, params = {}) {
    const id = ++number;
    chromium.stdio[3].write(
        JSON.stringify({id, method, params, sessionId: session}) + '\0');
    return new Promise((done, failed) => waiting.set(id, {done, failed}));
}

chromium.stdio[4].on('data', bytes => {
    const parts = (rest + bytes).split('\0');
    rest = parts.pop();
    for (const m of parts.map(JSON.parse)) {
        const w = waiting.get(m.id);
        if (w && m.error)
            w.failed(new Error(m.error.message));
        else if (w)
            w.done(m.result);
        else if (handlers[m.method])
            handlers[m.method](m.params);
    }
});

const codes = {Tab: 9, Enter: 13, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39,
    ArrowDown: 40};
const tab = {
    requests: [],
    errors: [],
    check(ok, what) {
        if (!ok)
            throw new Error(what);
    },
    async eval(expression) {
        const r = await send('Runtime.evaluate',
            {expression, returnByValue: true, awaitPromise: true});
        if (r.exceptionDetails)
            throw new Error(expression + ': ' +
                r.exceptionDetails.exception.description);
        return r.result.value;
    },
    async key(key) {
        const text = key.length === 1 ? key : key === 'Enter' ? '\r' : undefined;
        const k = {key, code: key, text, windowsVirtualKeyCode: codes[key]};
        await send('Input.dispatchKeyEvent', {type: 'keyDown', ...k});
        await send('Input.dispatchKeyEvent', {type: 'keyUp', ...k});
    },
    mouse(type, x, y, more = {}) {
        return send('Input.dispatchMouseEvent',
            {type, x, y, button: 'left', clickCount: 1, ...more});
    },
};

async function open() {
    const {targetInfos} = await send('Target.getTargets');
    const target = targetInfos.find(t => t.type === 'page');
    session = (await send('Target.attachToTarget',
        {targetId: target.targetId, flatten: true})).sessionId;
    handlers['Network.requestWillBeSent'] =
        p => tab.requests.push(p.request.url);
    handlers['Runtime.exceptionThrown'] =
        p => tab.errors.push(p.exceptionDetails.exception.description);
    handlers['Log.entryAdded'] = p => tab.errors.push(p.entry.text);
    for (const part of ['Network', 'Runtime', 'Log', 'Page'])
        await send(part + '.enable');
    await send('Emulation.setDeviceMetricsOverride', {width: Number(width),
        height: Number(height), deviceScaleFactor: 1, mobile: false});
    await send('Emulation.setEmulatedMedia', {features: [
        {name: 'prefers-color-scheme', value: dark ? 'dark' : 'light'}]});
    const loaded = new Promise(
        done => handlers['Page.loadEventFired'] = done);
    await send('Page.navigate',
        {url: 'file://' + encodeURI(path.resolve(page))});
    await loaded;
}

async function run() {
    await open();
    await require(path.resolve(checks))(tab);
    tab.check(!tab.errors.length, tab.errors.join('\n'));
}

function end(status) {
    chromium.kill();
    chromium.on('exit', () => { // its children still write for a moment
        fs.rmSync(profile, {recursive: true, force: true, maxRetries: 20});
        process.exit(status);
    });
}

// A minute is too short for Chromium on a machine that has other things to do.
const late = setTimeout(() => end(2, console.error('no answer')), 300000);
run().then(() => end(0), e => {
    console.error(e.message);
    end(1);
});
late.unref();
