// The engines that are installed, behind one interface: open(url, state) waits for <html data-state> and gives a page with
// run(expression), reload() and close().
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import puppeteer from 'puppeteer-core';

const limit = 900_000;   // ms: the slowest engine may need long; nothing here is a test
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch { /* not here */ }
  }
  return null;
}

async function launch(options) {
  const browser = await puppeteer.launch({ headless: true, timeout: limit, protocolTimeout: limit, ...options });
  return {
    version: await browser.version(),
    async open(url, state = 'ready') {
      const page = await browser.newPage();
      page.setDefaultTimeout(limit);
      const go = async () => {
        await page.goto(url);
        await page.waitForFunction((wanted) => document.documentElement.dataset.state === wanted, {}, state);
      };
      await go();
      return { reload: go, run: (expression) => page.evaluate(expression), close: () => page.close() };
    },
    close: () => browser.close(),
  };
}

/** Classic WebDriver, as far as it is needed here. */
async function webdriver(port, capabilities) {
  const ask = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method, ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  for (let attempt = 0; ; ++attempt) {
    try {
      await ask('GET', '/status');
      break;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(100);
    }
  }
  const { sessionId, capabilities: { browserName, browserVersion } } = await ask('POST', '/session', {
    capabilities: { alwaysMatch: capabilities },
  });
  const session = `/session/${sessionId}`;
  await ask('POST', `${session}/timeouts`, { script: limit, pageLoad: limit });
  const run = async (expression) => {
    const script = `const done = arguments[0];
      (async () => (${expression}))()
        .then((value) => done({ value }), (error) => done({ error: \`\${error}\n\${error.stack}\` }));`;
    const { value, error } = await ask('POST', `${session}/execute/async`, { script, args: [] });
    if (error) throw new Error(error);
    return value;
  };
  return {
    version: `${browserName}/${browserVersion}`,
    async open(url, state = 'ready') {
      const go = async () => {
        await ask('POST', `${session}/url`, { url });
        while (await run('document.documentElement.dataset.state') !== state) await sleep(50);
      };
      await go();
      return { reload: go, run, close: async () => {} };
    },
    close: () => ask('DELETE', session),
  };
}

const miniBrowser = () => {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  return folders.map((name) => `/usr/lib/${name}/webkit2gtk-4.1/MiniBrowser`).find((file) => existsSync(file));
};

async function startWebKit() {
  const port = 4500 + process.pid % 1000;
  const display = `:${90 + process.pid % 100}`;
  const home = mkdtempSync(join(tmpdir(), 'distillery-webkit-'));
  const env = { ...process.env, HOME: home, DISPLAY: display, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' };
  const children = [
    spawn(onPath('Xvfb'), [display, '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], { stdio: 'ignore' }),
    spawn(onPath('WebKitWebDriver'), [`--port=${port}`], { stdio: 'ignore', env }),
  ];
  const end = () => {
    for (const child of children) child.kill();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await sleep(1000);   // the display has no way to say that it is there
    const options = { binary: miniBrowser(), args: ['--automation'] };
    const browser = await webdriver(port, { 'webkitgtk:browserOptions': options });
    return { ...browser, close: () => browser.close().catch(() => {}).finally(end) };
  } catch (error) {
    end();
    throw error;
  }
}

export const engines = [
  {
    name: 'Chromium',
    present: () => onPath('chromium') !== null,
    start: () => launch({
      executablePath: onPath('chromium'),
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'],
    }),
  },
  {
    name: 'Firefox',
    present: () => onPath('firefox-esr') !== null,
    start: () => launch({ browser: 'firefox', executablePath: onPath('firefox-esr') }),
  },
  {
    name: 'WebKit',
    present: () => Boolean(onPath('WebKitWebDriver') && onPath('Xvfb') && miniBrowser()),
    start: startWebKit,
  },
];

export const chromium = engines[0];

/** Calls a method of lib/page.mjs. */
export const ask = (page, method, ...args) => (
  page.run(`bench.${method}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`));

/** A contender in a page as a host of lib/race.mjs. */
export async function startInPage(page, module) {
  const { version } = await ask(page, 'load', module);
  return { version, call: (method, ...args) => ask(page, 'call', module, method, ...args) };
}
