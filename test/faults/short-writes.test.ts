import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect} from '@jest/globals'
import {jobVariables, openScene, treeOf, type Scene} from '../support/bundle-scene.ts'
import {testUnless} from '../support/optional.ts'
import {missingUnless, runShell} from '../support/shell.ts'
import {loads, pullOf} from '../support/struck.ts'

let scene: Scene
beforeAll(async () => {
  scene = await openScene(loads, {storage: 'redirect'})
})
afterAll(() => scene.close())
beforeEach(() => {
  for (const name of readdirSync(scene.folder)) rmSync(join(scene.folder, name), {recursive: true})
})

/** Lets every write to a file take half of what it is given, as a system may, and counts on standard error how often it did. */
const halving = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
static long shortened;
static size_t half(int fd, size_t count) {
  struct stat about;
  if (count < 2 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return count;
  __atomic_add_fetch(&shortened, 1, __ATOMIC_RELAXED);
  return count / 2;
}
ssize_t write(int fd, const void *from, size_t count) {
  ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  return real(fd, from, half(fd, count));
}
ssize_t pwrite64(int fd, const void *from, size_t count, off64_t at) {
  ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
  return real(fd, from, half(fd, count), at);
}
ssize_t pwrite(int fd, const void *from, size_t count, off_t at) { return pwrite64(fd, from, count, at); }
__attribute__((destructor)) static void tell(void) { fprintf(stderr, "[%ld short writes]\\n", shortened); }
`
const missing = missingUnless(
  '[ "$(uname)" = Linux ] && echo "int main(void){return 0;}" | cc -x c -o /dev/null -',
  'needs Linux and a C compiler',
)

describe('F83 a write that takes less than it is given', () => {
  for (const job of ['build', 'large'] as const) {
    testUnless(missing)(`is gone on with, each time, for "${job}"`, async () => {
      writeFileSync(join(scene.folder, 'half.c'), halving)
      const env = jobVariables(scene.sandbox)
      const argv = pullOf(job).join(' ')
      const script = `cc -shared -fPIC -o half.so half.c -ldl &&
        "$NODE" "$DIST/download-artifacts-by-ref.mjs" ${argv} && mv out right &&
        LD_PRELOAD="$PWD/half.so" "$NODE" "$DIST/download-artifacts-by-ref.mjs" ${argv} --dotenv a.env`
      const {code, stdout, stderr} = await runShell(script, {cwd: scene.folder, env})
      expect({code, said: stdout + stderr}).toMatchObject({code: 0})
      const [, count] = /\[(\d+) short writes\]/.exec(stderr) ?? []
      expect(Number(count)).toBeGreaterThan(1_000)
      expect(treeOf(join(scene.folder, 'out'))).toEqual(treeOf(join(scene.folder, 'right')))
      expect(readFileSync(join(scene.folder, 'a.env'), 'utf8')).toMatch(/^FOUND=true\n(?:[A-Z0-9_]+=.*\n)+$/)
    })
  }
})
