import type { HttpClient } from './client.ts'

/** Asks whether the server works. @throws SLUICE_REQUEST_… where it doesn't say so with a 2xx */
export async function checkHealth(client: HttpClient, path: string): Promise<void> {
  const signal = new AbortController().signal // The client has a limit of its own.
  await client.send({ method: 'GET', path, headers: [], body: undefined, wantsBody: false }, { signal })
}
