/**
 * Writes what the package offers, entry by entry, to `etc/api/`: each name with its type, as @microsoft/api-extractor
 * reads it from `dist/`. With `--check` it writes nothing, and ends with 1 where that is no longer what stands there, so
 * that nothing of the API changes unseen.
 */
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const REPORTS = join(ROOT, 'etc/api')
const MANIFEST = join(ROOT, 'package.json')
const SILENT = { default: { logLevel: ExtractorLogLevel.None } }
/** What tables of errors say to people: no part of the API. */
const WORDS = /^ +readonly (summary|hint|kind|exitCode|status): .*\n/gm

/** The entries of the package: the name of each report, and the types that it is made of. */
function entries() {
  /** @type {{ exports: Record<string, string | { types: string }> }} */
  const { exports } = JSON.parse(readFileSync(MANIFEST, 'utf8'))
  return Object.entries(exports).flatMap(([entry, target]) => {
    if (typeof target === 'string') return []
    return [{ name: `sluice${entry.slice(1).replace('/', '-')}`, types: join(ROOT, target.types) }]
  })
}

/**
 * @param {{ name: string, types: string }} entry
 * @param {string} folder for what is written on the way.
 */
function reportOf({ name, types }, folder) {
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'))
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: MANIFEST,
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: ROOT,
      newlineKind: 'lf',
      mainEntryPointFilePath: types,
      compiler: { overrideTsconfig: { compilerOptions, files: [types] } },
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder: folder,
        reportTempFolder: folder,
        // What it is made of and doesn't name. Of components these are their insides; docs/reference.md has their options.
        includeForgottenExports: name === 'sluice',
      },
      messages: { extractorMessageReporting: SILENT, tsdocMessageReporting: SILENT },
    },
  })
  const { succeeded } = Extractor.invoke(config, { localBuild: true, messageCallback: hush })
  if (!succeeded) throw new Error(`The types of ${name} cannot be read.`)
  return readFileSync(join(folder, `${name}.api.md`), 'utf8').replace(WORDS, '')
}

/** @param {import('@microsoft/api-extractor').ExtractorMessage} message */
function hush(message) {
  if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true
}

/**
 * @param {string} name
 * @param {string} report
 * @param {string} folder
 * @returns {boolean} whether it is what is kept; if not, the difference has been printed.
 */
function isKept(name, report, folder) {
  const [kept, current] = [join(REPORTS, `${name}.api.md`), join(folder, `${name}.current.md`)]
  writeFileSync(current, report)
  const { status } = spawnSync('diff', ['-u', '--new-file', '--label', kept, '--label', 'dist', kept, current], {
    stdio: 'inherit',
  })
  return status === 0
}

const isCheck = process.argv.includes('--check')
const folder = mkdtempSync(join(tmpdir(), 'sluice-api-'))
try {
  mkdirSync(REPORTS, { recursive: true })
  const reports = entries().map((entry) => ({ name: entry.name, report: reportOf(entry, folder) }))
  if (!isCheck) for (const { name, report } of reports) writeFileSync(join(REPORTS, `${name}.api.md`), report)
  else if (reports.filter(({ name, report }) => !isKept(name, report, folder)).length > 0) {
    console.error('The API has changed. If that is meant: `npm run api`, and say so in CHANGELOG.md.')
    process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
