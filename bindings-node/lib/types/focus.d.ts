// The columns of a FOCUS row, and the type of a row by the options of its read.

/** Key-value pairs of a cell. A key can be without a value. With `numbers: 'number'` some values are numbers. */
export type KeyValues<Decimal extends string | number = string> = { [key: string]: Decimal | string | null }

/** Any cell of a row. */
export type Cell<Decimal extends string | number = string> = Decimal | string | number | null | KeyValues<Decimal>

/** A row whose columns are not known to the compiler, such as one of a read with `schema: 'cur'`. */
export interface Row<Decimal extends string | number = string | number> {
  [column: string]: Cell<Decimal>
}

/**
 * A row with all columns of FOCUS 1.2, and of outlay (`x_…`). `Decimal` is the type of amounts, quantities and prices: exact text,
 * or with `numbers: 'number'` a number. Times are text such as `2026-01-10T00:00:00Z`.
 *
 * A column without `null` has a value in every row. FOCUS lets some of the others never be null, such as ChargePeriodStart and
 * ServiceName; they are null where the cell that they are made of is absent or blank. The four costs are null if a cell that they
 * need is missing, except with `onUnknown: 'stop'`, which makes such a read end.
 */
export interface FocusRow<Decimal extends string | number = string, Cost = Decimal | null, Pairs = KeyValues<Decimal>> {
  /** The availability zone of the resource, such as `eu-west-1a`. */
  AvailabilityZone: string | null
  /** The amount on the invoice, without amortization of commitments. The sum of a month is what is to be paid. */
  BilledCost: Cost
  /** The account that receives the invoice: the payer account, 12 digits. */
  BillingAccountId: string | null
  /** The name of the payer account, from the report or from the option `accountNames`. */
  BillingAccountName: string | null
  /** Always `Management Account`. */
  BillingAccountType: string
  /** The currency of all costs and prices that are not named after the pricing currency, such as `USD`. */
  BillingCurrency: string | null
  /** The end of the billing period, exclusive: the first moment of the next month. */
  BillingPeriodEnd: string | null
  /** The start of the billing period. */
  BillingPeriodStart: string | null
  /** The ARN of the capacity reservation that the charge is for. */
  CapacityReservationId: string | null
  /** Whether reserved capacity was used. */
  CapacityReservationStatus: 'Used' | 'Unused' | null
  /** The kind of charge. */
  ChargeCategory: 'Usage' | 'Purchase' | 'Tax' | 'Credit' | 'Adjustment'
  /** `Correction` for a charge that corrects an earlier invoice; otherwise null. */
  ChargeClass: 'Correction' | null
  /** The description of the line item. */
  ChargeDescription: string | null
  /** How often the charge occurs. */
  ChargeFrequency: 'One-Time' | 'Recurring' | 'Usage-Based'
  /** The end of the period of the charge, exclusive. */
  ChargePeriodEnd: string | null
  /** The start of the period of the charge: an hour, a day or a month, as the report has it. */
  ChargePeriodStart: string | null
  /** Whether the commitment is to spend an amount (a Savings Plan) or to use a resource (a reservation). */
  CommitmentDiscountCategory: 'Spend' | 'Usage' | null
  /** The ARN of the Savings Plan or reservation. */
  CommitmentDiscountId: string | null
  /** The name of the commitment. Null, because reports do not have it. */
  CommitmentDiscountName: string | null
  /** The quantity of the commitment that was bought, used or unused, in CommitmentDiscountUnit. */
  CommitmentDiscountQuantity: Decimal | null
  /** Whether the charge is the used or the unused part of a commitment. */
  CommitmentDiscountStatus: 'Used' | 'Unused' | null
  /** The kind of commitment. */
  CommitmentDiscountType: 'Savings Plan' | 'Reserved Instance' | null
  /** The unit of CommitmentDiscountQuantity. */
  CommitmentDiscountUnit: string | null
  /** The quantity that was used, in ConsumedUnit; null unless the charge is usage. */
  ConsumedQuantity: Decimal | null
  /** The unit of ConsumedQuantity. */
  ConsumedUnit: string | null
  /** The cost at negotiated prices, before discounts of commitments. */
  ContractedCost: Cost
  /** The negotiated price of one PricingUnit. */
  ContractedUnitPrice: Decimal | null
  /** The cost with the price of commitments spread over the usage that they cover. */
  EffectiveCost: Cost
  /** The ID of the invoice; null while it is not issued. */
  InvoiceId: string | null
  /** The company that issues the invoice. */
  InvoiceIssuerName: string
  /** The cost at public prices, without any discount. */
  ListCost: Cost
  /** The public price of one PricingUnit. */
  ListUnitPrice: Decimal | null
  /** How the price is determined: on demand, by the market, or by a commitment. */
  PricingCategory: 'Standard' | 'Dynamic' | 'Committed' | null
  /** The currency in which prices are set. */
  PricingCurrency: string | null
  /** ContractedUnitPrice in the pricing currency. */
  PricingCurrencyContractedUnitPrice: Decimal | null
  /** EffectiveCost in the pricing currency. */
  PricingCurrencyEffectiveCost: Decimal | null
  /** ListUnitPrice in the pricing currency. */
  PricingCurrencyListUnitPrice: Decimal | null
  /** The quantity that prices apply to, in PricingUnit. */
  PricingQuantity: Decimal | null
  /** The unit of PricingQuantity and of unit prices. */
  PricingUnit: string | null
  /** Always `AWS`. */
  ProviderName: string
  /** The company that makes the service: AWS, or a seller in its marketplace. */
  PublisherName: string
  /** The region, such as `eu-west-1`. */
  RegionId: string | null
  /** The name of the region, such as `Europe (Ireland)`. */
  RegionName: string | null
  /** The ID or ARN of the resource. */
  ResourceId: string | null
  /** The name of the resource, from its tag `Name`. */
  ResourceName: string | null
  /** The kind of resource, such as `Instance`, from the form of its ID. */
  ResourceType: string | null
  /** The category of the service in FOCUS, such as `Compute`. */
  ServiceCategory: string
  /** The name of the service, such as `Amazon Simple Storage Service`. */
  ServiceName: string | null
  /** The subcategory of the service in FOCUS, such as `Virtual Machines`. */
  ServiceSubcategory: string
  /** The ID of what was bought, independent of its price. */
  SkuId: string | null
  /** What is measured: the usage type of AWS. */
  SkuMeter: string | null
  /** Properties that the price depends on, such as `InstanceType` and `CoreCount`. */
  SkuPriceDetails: Pairs | null
  /** The ID of the price: the rate code of AWS. */
  SkuPriceId: string | null
  /** The account that caused the charge, 12 digits. */
  SubAccountId: string | null
  /** The name of that account, from the report or from the option `accountNames`. */
  SubAccountName: string | null
  /** `Management Account` for the payer, otherwise `Member Account`. */
  SubAccountType: string | null
  /** The tags of the resource: those of users under their key, others with their prefix, such as `aws:createdBy`. */
  Tags: Pairs | null
  /** The code of the service: `lineItem/ProductCode`. */
  x_ServiceCode: string | null
  /** The operation: `lineItem/Operation`. */
  x_Operation: string | null
  /** Discounts of the line item, by kind. */
  x_Discounts: Pairs | null
  /** The line item type of AWS: `lineItem/LineItemType`. */
  x_LineItemType: string | null
  /** The usage type of AWS: `lineItem/UsageType`. */
  x_UsageType: string | null
  /** The cost categories of the payer, by name. */
  x_CostCategories: Pairs | null
}

/** The name of a column of a FOCUS row. */
export type FocusColumn = keyof FocusRow

/** The name of a column. Editors complete those of FOCUS; with `schema: 'cur'` columns have other names. */
export type ColumnName = FocusColumn | (string & {})

/** The options that decide which columns a row has, and their types. */
export interface RowOptions<Column, Extra, Tag, Schema, Maps, Unknown, Lineage, Decimals> {
  columns?: Iterable<Column> | null
  extraColumns?: Iterable<Extra> | null
  tagColumns?: Iterable<Tag> | null
  schema?: Schema | null
  maps?: Maps | null
  onUnknown?: Unknown | null
  lineage?: Lineage | null
  decimals?: Decimals | null
}

/** The type of decimals in rows. */
export type DecimalOf<Decimals> = [Decimals] extends ['float64'] ? number : 'float64' extends Decimals ? string | number : string

/** The columns that the option `extraColumns` adds. */
type ExtraCells<Decimal extends string | number, Extra> = [Extra] extends [never] ? {} : { [name: `x_${string}`]: Cell<Decimal> }

/** The key of a tag in the name of its column. */
type TagKey<Tag extends string> = Tag extends `resourceTags/${infer Key}` ? TagKey<Key> : Tag extends `user:${infer Key}` ? Key : Tag

/** The columns that the option `tagColumns` adds. */
type TagCells<Tag extends string> = [Tag] extends [never]
  ? {}
  : { [Key in TagKey<Tag> as `x_Tag_${Key}`]: string | null } & { [name: `x_Tag_${string}`]: string | null }

/** The columns that the option `lineage` adds. */
type LineageCells<Lineage> = [Lineage] extends [false]
  ? {}
  : { x_SourceObject: string | null; x_SourceRow: number | null; x_DeliveryId: string | null }

/** All columns of FOCUS, with the types that the options give them. */
type FocusCells<Decimal extends string | number, Maps, Unknown> = FocusRow<
  Decimal,
  [Unknown] extends ['stop'] ? Decimal : Decimal | null,
  [Maps] extends ['map'] ? KeyValues<Decimal> : [Maps] extends ['json'] ? string : KeyValues<Decimal> | string
>

/** The columns that were chosen. One that is not of FOCUS can be anything. */
type ChosenCells<Decimal extends string | number, Column extends string, Maps, Unknown> = Pick<
  FocusCells<Decimal, Maps, Unknown>,
  Extract<Column, FocusColumn>
> & { [Name in Exclude<Column, FocusColumn>]: Name extends `x_Tag_${string}` ? string | null : Cell<Decimal> }

/** One object type instead of an intersection, for editors. */
type Flat<Cells> = { [Name in keyof Cells]: Cells[Name] }

/**
 * The type of a row, by the options of its read. Without options that the compiler knows, as with columns from a variable, it is
 * {@link Row}.
 */
export type RowOf<Decimal extends string | number, Column extends string, Extra, Tag extends string, Schema, Maps, Unknown, Lineage> =
  [Schema] extends ['focus']
    ? string extends Column
      ? Row<Decimal>
      : Flat<ChosenCells<Decimal, Column, Maps, Unknown> & ExtraCells<Decimal, Extra> & TagCells<Tag> & LineageCells<Lineage>>
    : Row<Decimal>

export {}
