import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const root = resolve(import.meta.dirname, '..');
const sets = ['tutorial.csv.gz', 'digits.csv.gz', 'satellite.csv.gz', 'letter.csv.gz', 'magic.csv.gz'];
/** Name beside the page → name in data/. As .txt, which every server knows how to show. */
const shipped = new Map([...sets.map((name) => [name, name] as const), ['README.txt', 'README.md']]);

/** Puts the data sets beside the page as they are: data/ at the top of the repository belongs to more than the page. */
function dataSets(folder = join(root, 'data')): Plugin {
  return {
    name: 'data-sets',
    async generateBundle() {
      for (const [name, file] of shipped) {
        this.emitFile({ type: 'asset', fileName: `data/${name}`, source: await readFile(join(folder, file)) });
      }
    },
    configureServer(server) {
      server.middlewares.use('/data/', (request, response, next) => {
        const file = shipped.get((request.url ?? '').slice(1).split('?')[0] ?? '');
        if (!file) return next();
        readFile(join(folder, file)).then((bytes) => response.end(bytes), next);
      });
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',   // works below any sub-path
  plugins: [dataSets()],
  worker: { format: 'es' },
  optimizeDeps: { exclude: ['distillery'] },   // its files find each other by their addresses
  build: {
    outDir: join(root, 'site'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,   // data: addresses would break the strict policy
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { comments: { legal: true } } },   // licences of others' code must stay
  },
});
