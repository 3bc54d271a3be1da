/** A member of the group `shops` that prints what it gets, and never comes to an end with the message "hang". */
import { joinGroup } from '../../../src/redis/group/join.ts'

const [url = '', member = '', ttl = ''] = process.argv.slice(2)
const print = (line: string): void => void process.stdout.write(`${line}\n`)
const hanging = new Promise(() => {})

await joinGroup({
  name: 'shops',
  member,
  ttl,
  redis: { url },
  onMessage: (data) => {
    print(JSON.stringify(data))
    return data === 'hang' ? hanging : undefined
  },
})
print('joined')
