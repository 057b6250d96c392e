/** The built portal: its files, its page for every deep link, and what stands there before it is built. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from './errors.ts'

/** Serves `folder`, and answers whatever no route answers. The folder may be built while the server runs. */
export async function servePortal(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    index: false,
    cacheControl: false,
    schemaHide: true,
    suppressWarning: true,
    allowedPath: (path) => !path.endsWith('/'),
    setHeaders(reply, path) {
      reply.header('cache-control', basename(join(path, '..')) === 'assets' ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  app.setNotFoundHandler((request, reply) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(reply, 'not-found')
    if (isApi(request) || !wantsPage(request)) return refuse(reply, 'not-found')
    if (existsSync(join(folder, 'index.html'))) return reply.sendFile('index.html')
    return notBuilt(reply)
  })
}

export function isApi({ url }: FastifyRequest): boolean {
  return url === '/api' || url.startsWith('/api/') || url.startsWith('/api?')
}

/** A browser's request for a page, or that of a program that takes anything (a monitor, say) for the first page. */
function wantsPage({ headers: { accept = '*/*' }, url }: FastifyRequest): boolean {
  return accept.includes('text/html') || (accept.includes('*/*') && url === '/')
}

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply.status(503).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(notBuiltPage)
}

const notBuiltPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Regista</title>
<body style="font: 16px/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem">
<h1>Regista is running, but the portal is not built yet</h1>
<p>Run <code>npm run build</code> in the folder of Regista and load this page again. The API under <code>/api</code> answers already.</p>
<p lang="ja">Regista は動作していますが、ポータルがまだビルドされていません。Regista のフォルダーで <code>npm run build</code> を実行し、このページを再読み込みしてください。</p>
</body>
</html>
`
