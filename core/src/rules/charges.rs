//! The matrix of charges: from the line item type of AWS to the rows of FOCUS.
//!
//! Every line item has at most one row in each [`Slot`]: the first row of the table, read top down, whose type, slot
//! and condition match. Conditions and amounts are functions with the same name in `normalize/formulas.rs`.
//!
//! Sources: FOCUS 1.2 (ChargeCategory, ChargeFrequency, PricingCategory, the four costs, appendix Discount Handling);
//! AWS CUR user guide, "Understanding Savings Plans" and "Understanding reservations"; for the amortized amounts, the
//! public formula of the CUR Query Library.

use crate::schema::cur::Cur;
use crate::schema::words::ChargeCategory as C;
use crate::schema::words::ChargeFrequency as F;
use crate::schema::words::ItemType as L;
use crate::schema::words::PricingCategory as P;

/// The two rows that a line item can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The charge itself.
    Charge,
    /// The unused part of a commitment. It is a row of its own, because in FOCUS it is Usage.
    Unused,
}

/// The condition of a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Always.
    Always,
    /// `lineItem/UsageType` has `SpotUsage`, or `pricing/term` or `product/marketoption` is Spot.
    Spot,
    /// The cash or the gross cost is not 0.
    MoneyMoves,
    /// As [`When::MoneyMoves`], and AWS does not amortize the reservation.
    MoneyMovesUnamortized,
    /// Part of a Savings Plan's commitment is unused, in a period that had begun at `as_of`.
    PlanUnused,
    /// Part of a reservation that AWS amortizes is unused.
    ReservationUnused,
    /// The row names a reservation that AWS does not amortize.
    Unamortized,
    /// The row names a reservation or a Savings Plan.
    Commitment,
    /// `bill/BillType` is Anniversary.
    Anniversary,
    /// `lineItem/TaxType` is not blank.
    TaxType,
    /// The row refers to a commitment that is paid All Upfront, and that AWS amortizes.
    RefundedUpfront,
    /// The row refers to a commitment, or has no usage type.
    RefundedPurchase,
    /// The report amortizes reservations, but the row lacks the ARN that identifies the fee of a reservation: there is
    /// no column for it, or it has another text, or it is blank while usage type or description are those of upfront
    /// fees.
    UnclearFee,
    /// Savings Plan negations are kept (`negation = keep`).
    NegationKept,
}

/// An amount of money of a line item, in the billing currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// 0.
    Zero,
    /// The amount on the bill: the net unblended cost if the cell is not blank, else the unblended cost.
    Cash,
    /// The unblended cost.
    Gross,
    /// The public on-demand cost, else rate x quantity, else [`Amount::Gross`].
    OnDemand,
    /// 0 if the gross cost is 0, because a public price would ignore free tiers; else [`Amount::OnDemand`].
    TieredOnDemand,
    /// 0 if the gross cost is 0; else [`Amount::PositiveOnDemand`].
    TieredSpot,
    /// The public on-demand cost, else rate x quantity, if they are not 0; else [`Amount::ReservationUsed`].
    OnDemandOrReservation,
    /// As before, but else [`Amount::Cash`].
    OnDemandOrCash,
    /// The public on-demand cost if it is above 0, else [`Amount::Gross`].
    PositiveOnDemand,
    /// The part of the Savings Plan's commitment that the row uses.
    PlanUsed,
    /// The unused part of the Savings Plan's commitment.
    PlanUnused,
    /// The part of the reservation's cost that the row uses.
    ReservationUsed,
    /// The unused part of the reservation.
    ReservationUnused,
    /// [`Amount::Cash`]; the list cost if discounts reduced the cash of a covered row with a gross cost to 0.
    CoveredCash,
    /// The value of ListCost.
    List,
    /// Unknown: 0 if the fee buys a reservation, else cash, and the report does not show which.
    Unclear,
}

const CASH: &[Cur] = &[Cur::UnblendedCost, Cur::NetUnblendedCost];
const ON_DEMAND: &[Cur] =
    &[Cur::PublicOnDemandCost, Cur::PublicOnDemandRate, Cur::UnblendedCost, Cur::NetUnblendedCost];
const RESERVATION: &[Cur] = &[Cur::ReservationEffectiveCost, Cur::ReservationNetEffectiveCost];
const PLAN: &[Cur] = &[Cur::SavingsPlanEffectiveCost, Cur::SavingsPlanNetEffectiveCost];

impl Amount {
    /// The cells of money that the amount can be made of.
    pub(crate) const fn made_of(self) -> &'static [Cur] {
        match self {
            Self::Zero | Self::List | Self::Unclear => &[],
            Self::Cash | Self::Gross => CASH,
            Self::OnDemand
            | Self::TieredOnDemand
            | Self::TieredSpot
            | Self::PositiveOnDemand
            | Self::OnDemandOrCash
            | Self::OnDemandOrReservation
            | Self::CoveredCash => ON_DEMAND,
            Self::PlanUsed => PLAN,
            Self::ReservationUsed => RESERVATION,
            Self::PlanUnused | Self::ReservationUnused => self.needs(),
        }
    }

    /// The cells without which the amount is unknown, if it has no other source. A net cell always replaces its gross
    /// cell, and the net unblended cost the unblended cost.
    pub(crate) const fn needs(self) -> &'static [Cur] {
        match self {
            Self::Zero | Self::List => &[],
            Self::Cash
            | Self::Gross
            | Self::OnDemand
            | Self::TieredOnDemand
            | Self::TieredSpot
            | Self::PositiveOnDemand
            | Self::OnDemandOrCash
            | Self::CoveredCash => &[Cur::UnblendedCost],
            Self::ReservationUsed | Self::OnDemandOrReservation => &[Cur::ReservationEffectiveCost],
            Self::Unclear => &[Cur::ReservationARN],
            Self::PlanUsed => &[Cur::SavingsPlanEffectiveCost],
            Self::PlanUnused => &[Cur::SavingsPlanTotalCommitmentToDate, Cur::SavingsPlanUsedCommitment],
            Self::ReservationUnused => {
                &[Cur::ReservationUnusedAmortizedUpfrontFeeForBillingPeriod, Cur::ReservationUnusedRecurringFee]
            }
        }
    }
}

/// One row of the matrix.
#[derive(Debug)]
pub(crate) struct Charge {
    pub(crate) item: L,
    pub(crate) slot: Slot,
    pub(crate) when: When,
    pub(crate) category: C,
    pub(crate) frequency: F,
    pub(crate) pricing: Option<P>,
    pub(crate) billed: Amount,
    pub(crate) effective: Amount,
    pub(crate) list: Amount,
    pub(crate) contracted: Amount,
}

type ChargeRow = (L, Slot, When, C, F, Option<P>, Amount, Amount, Amount, Amount);

const fn charge(
    (item, slot, when, category, frequency, pricing, billed, effective, list, contracted): ChargeRow,
) -> Charge {
    Charge { item, slot, when, category, frequency, pricing, billed, effective, list, contracted }
}

use Amount::{
    Cash, CoveredCash, Gross, List, OnDemand, OnDemandOrCash, OnDemandOrReservation, PlanUsed, PositiveOnDemand,
    ReservationUsed, TieredOnDemand, TieredSpot, Unclear, Zero,
};
use Slot::{Charge as Main, Unused};
use When::{
    Always, Anniversary, Commitment, MoneyMoves, MoneyMovesUnamortized, NegationKept, RefundedPurchase,
    RefundedUpfront, Spot, TaxType, Unamortized, UnclearFee,
};

const STANDARD: Option<P> = Some(P::Standard);
const DYNAMIC: Option<P> = Some(P::Dynamic);
const COMMITTED: Option<P> = Some(P::Committed);

/// The matrix. A negation without a matching row is dropped, and its residual is checked.
#[rustfmt::skip]
pub(crate) static CHARGES: &[Charge] = &[
    //     line item type                      row     only when                category       frequency      pricing    BilledCost EffectiveCost              ListCost               ContractedCost
    charge((L::Usage,                           Main,   Spot,                    C::Usage,      F::UsageBased, DYNAMIC,   Cash,      Cash,                      TieredSpot,            Cash)),
    charge((L::Usage,                           Main,   Always,                  C::Usage,      F::UsageBased, STANDARD,  Cash,      Cash,                      TieredOnDemand,        Cash)),
    charge((L::DiscountedUsage,                 Main,   Unamortized,             C::Usage,      F::UsageBased, COMMITTED, Cash,      Cash,                      OnDemandOrCash,        List)),
    charge((L::DiscountedUsage,                 Main,   Always,                  C::Usage,      F::UsageBased, COMMITTED, Cash,      ReservationUsed,           OnDemandOrReservation, List)),
    charge((L::SavingsPlanCoveredUsage,         Main,   NegationKept,            C::Usage,      F::UsageBased, COMMITTED, Cash,      PlanUsed,                  OnDemand,              CoveredCash)),
    charge((L::SavingsPlanCoveredUsage,         Main,   Always,                  C::Usage,      F::UsageBased, COMMITTED, Zero,      PlanUsed,                  OnDemand,              CoveredCash)),
    charge((L::SavingsPlanNegation,             Main,   NegationKept,            C::Usage,      F::UsageBased, COMMITTED, Cash,      Zero,                      Zero,                  Zero)),
    charge((L::SavingsPlanRecurringFee,         Main,   MoneyMoves,              C::Purchase,   F::Recurring,  STANDARD,  Cash,      Zero,                      Gross,                 Cash)),
    charge((L::SavingsPlanRecurringFee,         Unused, When::PlanUnused,        C::Usage,      F::UsageBased, COMMITTED, Zero,      Amount::PlanUnused,        Zero,                  Zero)),
    charge((L::SavingsPlanUpfrontFee,           Main,   Always,                  C::Purchase,   F::OneTime,    STANDARD,  Cash,      Zero,                      Gross,                 Cash)),
    charge((L::RIFee,                           Main,   MoneyMovesUnamortized,   C::Purchase,   F::Recurring,  STANDARD,  Cash,      Cash,                      Gross,                 Cash)),
    charge((L::RIFee,                           Main,   MoneyMoves,              C::Purchase,   F::Recurring,  STANDARD,  Cash,      Zero,                      Gross,                 Cash)),
    charge((L::RIFee,                           Unused, When::ReservationUnused, C::Usage,      F::UsageBased, COMMITTED, Zero,      Amount::ReservationUnused, Zero,                  Zero)),
    charge((L::Fee,                             Main,   Unamortized,             C::Purchase,   F::OneTime,    STANDARD,  Cash,      Cash,                      Gross,                 Cash)),
    charge((L::Fee,                             Main,   Commitment,              C::Purchase,   F::OneTime,    STANDARD,  Cash,      Zero,                      Gross,                 Cash)),
    charge((L::Fee,                             Main,   UnclearFee,              C::Purchase,   F::OneTime,    STANDARD,  Cash,      Unclear,                   PositiveOnDemand,      Cash)),
    charge((L::Fee,                             Main,   Anniversary,             C::Purchase,   F::Recurring,  STANDARD,  Cash,      Cash,                      PositiveOnDemand,      Cash)),
    charge((L::Fee,                             Main,   Always,                  C::Purchase,   F::OneTime,    STANDARD,  Cash,      Cash,                      PositiveOnDemand,      Cash)),
    charge((L::FlatRateSubscription,            Main,   Always,                  C::Purchase,   F::Recurring,  STANDARD,  Cash,      Cash,                      Gross,                 Cash)),
    charge((L::Tax,                             Main,   Always,                  C::Tax,        F::OneTime,    None,      Cash,      Cash,                      Cash,                  Cash)),
    charge((L::Credit,                          Main,   Always,                  C::Credit,     F::OneTime,    None,      Cash,      Cash,                      Cash,                  Cash)),
    charge((L::Refund,                          Main,   TaxType,                 C::Tax,        F::UsageBased, None,      Cash,      Cash,                      Cash,                  Cash)),
    charge((L::Refund,                          Main,   RefundedUpfront,         C::Purchase,   F::OneTime,    None,      Cash,      Zero,                      Cash,                  Cash)),
    charge((L::Refund,                          Main,   RefundedPurchase,        C::Purchase,   F::OneTime,    None,      Cash,      Cash,                      Cash,                  Cash)),
    charge((L::Refund,                          Main,   Always,                  C::Usage,      F::UsageBased, None,      Cash,      Cash,                      Cash,                  Cash)),
    charge((L::EdpDiscount,                     Main,   Always,                  C::Adjustment, F::UsageBased, None,      Cash,      Cash,                      Zero,                  Cash)),
    charge((L::PrivateRateDiscount,             Main,   Always,                  C::Adjustment, F::UsageBased, None,      Cash,      Cash,                      Zero,                  Cash)),
    charge((L::SppDiscount,                     Main,   Always,                  C::Adjustment, F::UsageBased, None,      Cash,      Cash,                      Zero,                  Cash)),
    charge((L::SolutionProviderProgramDiscount, Main,   Always,                  C::Adjustment, F::UsageBased, None,      Cash,      Cash,                      Zero,                  Cash)),
    charge((L::DistributorDiscount,             Main,   Always,                  C::Adjustment, F::UsageBased, None,      Cash,      Cash,                      Zero,                  Cash)),
    charge((L::BundledDiscount,                 Main,   Always,                  C::Adjustment, F::UsageBased, None,      Cash,      Cash,                      Zero,                  Zero)),
    charge((L::RiVolumeDiscount,                Main,   Always,                  C::Adjustment, F::UsageBased, None,      Cash,      Cash,                      Zero,                  Zero)),
    charge((L::Discount,                        Main,   Always,                  C::Adjustment, F::UsageBased, None,      Cash,      Cash,                      Zero,                  Zero)),
    charge((L::Other,                           Main,   Always,                  C::Adjustment, F::OneTime,    None,      Cash,      Cash,                      Cash,                  Cash)),
];

/// The charge of the residual of negations. The closing batch has it, so that BilledCost stays exact.
pub(crate) static RESIDUAL: Charge =
    charge((L::SavingsPlanNegation, Main, Always, C::Adjustment, F::OneTime, None, Cash, Cash, Zero, Zero));

/// The charge of the unused part of a reservation whose report lacks the columns that have it row by row.
pub(crate) static RESERVATION_REST: Charge =
    charge((L::RIFee, Unused, Always, C::Usage, F::UsageBased, COMMITTED, Zero, Amount::ReservationUnused, Zero, Zero));

/// Returns the rows of a line item type, top down.
pub(crate) fn of(item: L) -> &'static [Charge] {
    const RANGES: [(usize, usize); L::ALL.len()] = {
        let mut ranges = [(0, 0); L::ALL.len()];
        let mut at = 0;
        while at < CHARGES.len() {
            let item = CHARGES[at].item as usize;
            if ranges[item].1 == 0 {
                ranges[item].0 = at;
            }
            ranges[item].1 = at + 1;
            at += 1;
        }
        ranges
    };
    let (start, end) = RANGES[item as usize];
    &CHARGES[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_mapped_and_none_without_a_last_resort() {
        for &item in L::ALL {
            let rows = of(item);
            assert!(rows.iter().all(|row| row.item == item), "the rows of {} are not together", item.text());
            let may_vanish = matches!(item, L::SavingsPlanNegation | L::SavingsPlanRecurringFee | L::RIFee);
            assert_eq!(rows.last().map(|row| row.when == Always), Some(!may_vanish), "{}", item.text());
        }
    }

    #[test]
    fn purchases_are_never_usage_based_and_taxes_have_no_price() {
        for row in CHARGES {
            assert!(row.category != C::Purchase || row.frequency != F::UsageBased, "{row:?}");
            assert!(row.category != C::Purchase || row.pricing != COMMITTED, "{row:?}");
            assert!(!matches!(row.category, C::Tax | C::Credit | C::Adjustment) || row.pricing.is_none(), "{row:?}");
        }
    }
}
