/** Starts the portal. */
import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './style/mantine.ts'
import './style/portal.css'
import './style/list.css'
import './style/story.css'
import { ApiFault } from './live/call-api.ts'
import { remembered } from './live/preferences.ts'
import { makeRouter } from './router.tsx'
import { theme } from './style/theme.ts'
import { chooseLanguage, startWords } from './words/words.ts'

const words = startWords(chooseLanguage(remembered('regista-language'), navigator.languages))
const showLanguage = (language: string) => {
  document.documentElement.lang = language
}
showLanguage(words.language)
words.on('languageChanged', showLanguage)

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      networkMode: 'always',
      retry: (failures, fault) => failures < 2 && fault instanceof ApiFault && (fault.code === 'offline' || fault.status >= 500),
    },
  },
})
const router = makeRouter(client)

const place = document.getElementById('portal')
if (place) {
  createRoot(place).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  )
}
