// Package finding keeps the standing problems that events show: one row for each (asset, condition), with first and last sight, how
// often it was seen, who said so, and how far it has come with its owner.
//
// A finding grows by facts: the feeds' runs condense their events to files of facts (internal/event/fold), which Apply writes to the
// table behind them. Facts commute: whatever the order and the pieces in which they are applied, the row is the same. A run that is
// complete says by its silence that something is no longer seen; never that it is fixed, which a person confirms.
//
// What may become of a finding is a table of moves (Moves). A finding is due while its owner has to be told: when it is new, when it
// came back, and when it is still seen after its interval. Muted, fixed and no longer seen findings are never due.
package finding
