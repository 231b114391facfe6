import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/**
 * Node 20 cannot run TypeScript, and some tests need a second process: to kill one, to race two. The entry and its own
 * modules become one .mjs file; packages stay outside. It lies below node_modules, because Node looks packages up from
 * where a file lies. It keeps its name and is replaced in one step: test files that run side by side share it, and a
 * killed test leaves nothing that grows.
 */
const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** `entryTsPath`: absolute path. Returns the path of a file for `node <file>`. */
export async function buildChild(entryTsPath: string): Promise<string> {
  const directory = join(modules, '.diana-test');
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755); // A test may run it as another account.
  const name = `${basename(entryTsPath, '.ts')}.mjs`;
  const making = await mkdtemp(join(directory, 'making-'));
  try {
    await build({
      configFile: false,
      logLevel: 'error',
      publicDir: false,
      build: {
        ssr: entryTsPath,
        outDir: making,
        target: 'node20',
        minify: false,
        rollupOptions: { output: { format: 'es', entryFileNames: name, inlineDynamicImports: true } },
      },
    });
    await rename(join(making, name), join(directory, name));
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return join(directory, name);
}
