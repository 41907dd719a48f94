/** Documented commands that a test or CI runs for other reasons, and the words in that file that show it. */
export const TRIED_ELSEWHERE: readonly {
  readonly command: RegExp;
  readonly file: string;
  readonly words: string;
}[] = [
  { command: /^npm (cit|ci|test)$/, file: ".ci/run", words: "npm cit" },
  { command: /^npm pack$/, file: "test/package/tarball.test.ts", words: '"npm", ["pack"' },
  {
    command: /^npm install --global .\/vic-operator-\*\.tgz$/,
    file: "test/package/tarball.test.ts",
    words: '"npm", ["install"',
  },
  { command: /^npm run check$/, file: ".ci/run", words: "npm run check -- --static" },
  { command: /^npm run dependencies$/, file: ".ci/run", words: "npm run dependencies" },
  { command: /^npm test -- \S+$/, file: "scripts/test.ts", words: "...filters" },
  { command: /^npm run generate$/, file: "test/generate/check.test.ts", words: "generate.ts" },
  { command: /^npm run lint$/, file: "scripts/check.ts", words: '"lint.ts"' },
  { command: /^npm run format$/, file: "scripts/check.ts", words: '"oxfmt", "--check"' },
  { command: /^npm run typecheck$/, file: "scripts/check.ts", words: '"tsc", "--noEmit"' },
  { command: /^npm run guest$/, file: "scripts/test.ts", words: '"guest.ts"' },
  {
    command: /^npm run bench$/,
    file: "test/bench/arguments.test.ts",
    words: "parseBenchArguments",
  },
  { command: /^npm run lab( -- --detach)?$/, file: "test/lab/whole.test.ts", words: '"--detach"' },
  { command: /^npm run lab -- status$/, file: "test/lab/whole.test.ts", words: 'lab("status")' },
  { command: /^npm run lab -- tree$/, file: "test/lab/whole.test.ts", words: 'lab("tree")' },
  { command: /^npm run lab -- down$/, file: "test/lab/whole.test.ts", words: 'lab("down")' },
  {
    command: /^npm run lab -- --consoles 2$/,
    file: "test/e2e/console/lines.test.ts",
    words: '"--consoles", "2"',
  },
  {
    command: /^npm run lab -- --vcenter simulator$/,
    file: "test/e2e/simulator/second-opinion.test.ts",
    words: '"--vcenter", "simulator"',
  },
  {
    command: /^kubectl apply -k manifests\/$/,
    file: "test/manifests/install.api.test.ts",
    words: '"apply", "-k", "manifests"',
  },
  {
    command: /^VIC_STORM_KILLS=100 VIC_STORM_SEED=1 npm test -- test\/e2e\/storms\/storm.test.ts$/,
    file: "test/e2e/storms/storm.test.ts",
    words: 'process.env["VIC_STORM_KILLS"]',
  },
  {
    command: /^vic check( -o json)?$/,
    file: "test/e2e/storms/check.test.ts",
    words: 'vicCheck("-o", "json")',
  },
  { command: /^eval "\$\(vic bundle /, file: "src/cli/bundle.api.test.ts", words: 'eval "$1"' },
  {
    command: /^govc /,
    file: "lab/vcenter/govc_test.go",
    words: '"../../docs/privileges.md"',
  },
  {
    command: /^\.lab\/bin\/lab controlplane --dir /,
    file: "test/lab/control-plane.ts",
    words: '["controlplane", "--dir", dir]',
  },
  {
    command: /^\.lab\/bin\/lab registry --dir \S+ --images /,
    file: "test/lab/registry.ts",
    words: '"registry", "--dir"',
  },
  {
    command: /^\.lab\/bin\/lab vcenter$/,
    file: "test/e2e/vsphere/vcenter.ts",
    words: '"vcenter", "--dir", dir',
  },
  {
    command: /^\.lab\/bin\/lab images --dir \S+ --files /,
    file: "test/e2e/guests/images.test.ts",
    words: '"--files"',
  },
];
