import { InvalidArgumentError, type Command } from 'commander'

/** Gives a command what says where the daemon is that it asks. */
export function withAdmin(given: Command): Command {
  return given
    .option('--admin <address>', 'the admin server of the daemon: a port, host:port or URL; 9464 by default', adminUrl)
    .option('--admin-token-file <file>', 'a file with its token, instead of SLUICE_ADMIN_TOKEN')
}

/** The URL that an address stands for. @throws InvalidArgumentError where it is none */
function adminUrl(text: string): string {
  const written = /^\d+$/.test(text) ? `127.0.0.1:${text}` : text
  const url = written.includes('://') ? written : `http://${written}`
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url
  throw new InvalidArgumentError('An address is a port, host:port, or a URL as http://127.0.0.1:9464.')
}
