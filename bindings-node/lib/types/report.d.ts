// A report that can be read again.

import type { ColumnName, DecimalOf, RowOf, RowOptions } from './focus'
import type { open } from '../index'
import type { CallOptions, DecimalType, OpenOptions, ReaderOptions } from './options'
import type { Plan } from './plan'
import type { Reader, ReaderOf } from './reader'
import type { Totals } from './totals'

/** What the options of {@link open} say about rows. */
export interface RowKinds {
  column: ColumnName
  extra: string
  tag: string
  schema: 'focus' | 'cur'
  maps: 'map' | 'json'
  unknown: 'null' | 'stop'
  lineage: boolean
  decimals: DecimalType
}

/** The rows of a report whose options the compiler does not know. */
export interface AnyRows extends RowKinds {
  column: string
  extra: never
  tag: never
  schema: 'focus'
  unknown: 'null'
  lineage: false
}

/** A report, by the options with which it was opened. */
export type ReportOf<
  Column extends ColumnName,
  Extra extends string,
  Tag extends string,
  Schema extends 'focus' | 'cur',
  Maps extends 'map' | 'json',
  Unknown extends 'null' | 'stop',
  Lineage extends boolean,
  Decimals extends DecimalType,
> = Report<{
  column: Column
  extra: Extra
  tag: Tag
  schema: Schema
  maps: Maps
  unknown: Unknown
  lineage: Lineage
  decimals: Decimals
}>

/**
 * A report that can be read any number of times. Each pass is a {@link Reader}.
 *
 * The first use selects the parts and notes their versions: sizes, change times, ETags. Every later pass reads the same versions
 * or ends with `OUTLAY_SOURCE_CHANGED`. {@link Report.refresh} selects the parts again.
 */
export class Report<Opened extends RowKinds = AnyRows> {
  private constructor()

  /**
   * Returns a reader of a pass. The options replace those of {@link open} for this pass. With `periods`, only months for which
   * the report was opened can be read. The options of both calls decide the type of rows, {@link RowOf}.
   */
  read<
    Column extends ColumnName = Opened['column'],
    Extra extends string = Opened['extra'],
    Tag extends string = Opened['tag'],
    Schema extends 'focus' | 'cur' = Opened['schema'],
    Maps extends 'map' | 'json' = Opened['maps'],
    Unknown extends 'null' | 'stop' = Opened['unknown'],
    Lineage extends boolean = Opened['lineage'],
    Decimals extends DecimalType = Opened['decimals'],
  >(
    options?: OpenOptions & RowOptions<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>,
  ): ReaderOf<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>

  /**
   * Returns the first rows as plain objects, 5 by default, with the types that {@link Report.read} has. Only as much of the report as
   * they need is read, so nothing is proven.
   */
  head<
    Column extends ColumnName = Opened['column'],
    Extra extends string = Opened['extra'],
    Tag extends string = Opened['tag'],
    Schema extends 'focus' | 'cur' = Opened['schema'],
    Maps extends 'map' | 'json' = Opened['maps'],
    Unknown extends 'null' | 'stop' = Opened['unknown'],
    Lineage extends boolean = Opened['lineage'],
    Decimals extends DecimalType = Opened['decimals'],
  >(
    rows?: number,
    options?: ReaderOptions & CallOptions & { numbers?: 'string' | null } & RowOptions<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>,
  ): Promise<RowOf<DecimalOf<Decimals>, Column, Extra, Tag, Schema, Maps, Unknown, Lineage>[]>
  head<
    Column extends ColumnName = Opened['column'],
    Extra extends string = Opened['extra'],
    Tag extends string = Opened['tag'],
    Schema extends 'focus' | 'cur' = Opened['schema'],
    Maps extends 'map' | 'json' = Opened['maps'],
    Unknown extends 'null' | 'stop' = Opened['unknown'],
    Lineage extends boolean = Opened['lineage'],
    Decimals extends DecimalType = Opened['decimals'],
  >(
    rows: number,
    options: ReaderOptions & CallOptions & { numbers: 'number' } & RowOptions<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals>,
  ): Promise<RowOf<number, Column, Extra, Tag, Schema, Maps, Unknown, Lineage>[]>

  /** Returns the names of all columns. */
  columns(options?: ReaderOptions & CallOptions): Promise<string[]>

  /** Returns the parts of the report, which are selected on first use. */
  plan(options?: CallOptions): Promise<Plan>

  /** Selects the parts again, with their current versions. */
  refresh(options?: CallOptions): Promise<void>

  /** Returns the totals of the pass that ended last, at its end or before; null if no pass has ended. */
  lastPass(options?: CallOptions): Promise<Totals | null>

  /**
   * Rejects with `OUTLAY_UNPROVEN` if a check of the pass that ended last does not hold, if it failed or did not reach the end of
   * the report, or if no pass has ended.
   */
  check(options?: CallOptions): Promise<void>

  /**
   * Releases the report. A temporary file that holds a stream is removed when the passes that read it are over; without this call,
   * when the report is garbage collected. Later calls fail with `OUTLAY_CONSUMED`, except `lastPass` and `check`, which still tell of
   * the pass that ended last.
   */
  close(): void

  [Symbol.asyncDispose](): Promise<void>

  /** Returns the address of the report, its parts if they are selected, and how its last pass ended, in one line. */
  toString(): string
}
