/** What variables are called that hold what nobody should read. */
const SECRET_NAME = /TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|AUTH/i
/** A shorter value is no secret worth the name, and may be part of any word. */
const SHORTEST = 6
/** The password of a URL. */
const USER_INFO = /(:\/\/[^\s/:@"]*):[^\s/@"]+@/g

/**
 * Makes what takes secrets out of a line of a log: the value of a variable that is called like one becomes its name, as
 * `${DB_PASSWORD}`, and the password of a URL three stars. What a component or a library puts into an error is not ours
 * to choose, and may be what it was given.
 */
export function secretMask(environment: NodeJS.ProcessEnv): (line: string) => string {
  const names = new Map<string, string>()
  for (const [name, value = ''] of Object.entries(environment)) {
    if (value.length < SHORTEST || !SECRET_NAME.test(name)) continue
    names.set(value, name)
    // As it stands in a line of JSON.
    names.set(JSON.stringify(value).slice(1, -1), name)
  }
  // A longer one first: another one may be a part of it.
  const values = [...names.keys()].toSorted((a, b) => b.length - a.length)
  const pattern = values.length === 0 ? undefined : new RegExp(values.map(literal).join('|'), 'g')
  return (line) => {
    const masked = line.replace(USER_INFO, '$1:***@')
    return pattern === undefined ? masked : masked.replace(pattern, (value) => `\${${names.get(value)}}`)
  }
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)
}
