import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const root = resolve(import.meta.dirname, '..');
const shipped = ['tutorial.csv.gz', 'digits.csv.gz', 'satellite.csv.gz', 'letter.csv.gz', 'README.md'];

/** Puts the data sets beside the page as they are: data/ at the top of the repository belongs to more than the page. */
function dataSets(folder = join(root, 'data')): Plugin {
  return {
    name: 'data-sets',
    async generateBundle() {
      for (const name of shipped) {
        this.emitFile({ type: 'asset', fileName: `data/${name}`, source: await readFile(join(folder, name)) });
      }
    },
    configureServer(server) {
      server.middlewares.use('/data/', (request, response, next) => {
        const name = (request.url ?? '').slice(1).split('?')[0] ?? '';
        if (!shipped.includes(name)) return next();
        readFile(join(folder, name)).then((bytes) => response.end(bytes), next);
      });
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',   // works below any sub-path
  plugins: [dataSets()],
  worker: { format: 'es' },
  build: {
    outDir: join(root, 'site'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,   // data: addresses would break the strict policy
    modulePreload: { polyfill: false },
  },
});
