/** The head of the list: the manual's columns, how it is sorted, and the ? that explains the signs. */
import { useTranslation } from 'react-i18next'
import type { Sort, SortField } from '../../live/arrange-lines.ts'
import type { Column } from './columns.ts'

interface LineTableHeadProps {
  columns: readonly Column[]
  tracks: string
  sort: Sort
  onSort: (field: SortField) => void
  onHelp: () => void
}

export function LineTableHead({ columns, tracks, sort, onSort, onHelp }: LineTableHeadProps) {
  const { t } = useTranslation()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtualised table places its rows by itself
    <div role="rowgroup" className="table-head">
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: its buttons take the focus */}
      <div role="row" aria-rowindex={1} className="head-row" style={{ gridTemplateColumns: tracks }}>
        {columns.map((column, at) => {
          const name = t(column.words)
          const sorted = column.sort !== null && sort.field === column.sort
          const startsGroup = column.group !== null && columns[at - 1]?.group !== column.group
          return (
            // biome-ignore lint/a11y/useSemanticElements: see above
            // biome-ignore lint/a11y/useFocusableInteractive: its buttons take the focus
            <div
              key={column.id}
              role="columnheader"
              className={`head-cell cell-${column.id}`}
              data-group={column.group === null ? undefined : startsGroup ? 'start' : 'inside'}
              aria-label={column.group === null ? undefined : `${t(column.group)} ${name}`}
              aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : undefined}
            >
              {startsGroup && column.group !== null && (
                <span className="head-group" aria-hidden="true">
                  {t(column.group)}
                </span>
              )}
              {column.sort === null ? (
                <span className="head-name">{name}</span>
              ) : (
                <SortButton field={column.sort} name={name} sort={sort} onSort={onSort} />
              )}
              {column.id === 'sign' && (
                <button type="button" className="help-button" aria-label={t('lines.help')} title={t('lines.help')} onClick={onHelp}>
                  ?
                </button>
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}

function SortButton({ field, name, sort, onSort }: { field: SortField; name: string; sort: Sort; onSort: (field: SortField) => void }) {
  const { t } = useTranslation()
  const sorted = sort.field === field
  return (
    <button type="button" className="sort-button" title={t('lines.sortBy', { column: name })} onClick={() => onSort(field)}>
      {name}
      <span className="sort-arrows" aria-hidden="true">
        <span data-on={(sorted && !sort.descending) || undefined}>▲</span>
        <span data-on={(sorted && sort.descending) || undefined}>▼</span>
      </span>
    </button>
  )
}
