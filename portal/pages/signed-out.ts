/** What happens when the server says that nobody is signed in any more. */
import { useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useCallback } from 'react'
import { endAllFeeds } from '../live/line-feed.ts'

/** Goes to the sign-in page, which leads back here afterwards. */
export function useSignedOut(): () => void {
  const router = useRouter()
  const client = useQueryClient()
  return useCallback(() => {
    const { pathname, href } = router.state.location
    if (pathname === '/sign-in') return
    endAllFeeds()
    client.clear()
    void router.navigate({ to: '/sign-in', search: { to: href, ended: 'yes' }, replace: true })
  }, [router, client])
}
