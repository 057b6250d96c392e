/** The one accent colour, the fonts of the system, and the rest of Mantine as it is. */
import { createTheme, type MantineColorsTuple } from '@mantine/core'

const accent: MantineColorsTuple = [
  '#eef3ff',
  '#dce5fb',
  '#b6c9f4',
  '#8caaee',
  '#6890e8',
  '#4f7de4',
  '#2f62db',
  '#1f4fd1',
  '#1944b8',
  '#12389c',
]

/** Greys with a little blue, as the light page has. */
const dark: MantineColorsTuple = [
  '#e6ebf1',
  '#c3ccd6',
  '#a3afbd',
  '#6b7887',
  '#3d4754',
  '#323b47',
  '#262e38',
  '#1b2129',
  '#171c23',
  '#12161b',
]

export const fonts = '"Noto Sans JP", "Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic", sans-serif'

export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  colors: { accent, dark },
  fontFamily: fonts,
  fontFamilyMonospace: 'ui-monospace, "Noto Sans Mono CJK JP", Menlo, Consolas, monospace',
  headings: { fontFamily: fonts },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
})
