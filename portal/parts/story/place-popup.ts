/** Where the popup goes: below or above its row, whichever has the room, and never over it. Pure; CSS pixels of the window. */
export interface Box {
  left: number
  top: number
  width: number
  height: number
}

export interface Placing {
  left: number
  top: number
  maxHeight: number
}

const gap = 6
const edge = 12

/** `row` is the row, `start` the left edge to stand at, `size` what the popup would like, `room` the window. */
export function placePopup(
  row: Box,
  start: number,
  size: { width: number; height: number },
  room: { width: number; height: number },
): Placing {
  const below = room.height - (row.top + row.height) - gap - edge
  const above = row.top - gap - edge
  const goesBelow = size.height <= below || below >= above
  const maxHeight = Math.max(120, goesBelow ? below : above)
  const height = Math.min(size.height, maxHeight)
  return {
    left: Math.max(edge, Math.min(start, room.width - size.width - edge)),
    top: goesBelow ? row.top + row.height + gap : row.top - gap - height,
    maxHeight,
  }
}
