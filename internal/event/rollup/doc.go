// Package rollup keeps counts of events that pages ask for all the time, so that a chart over tens of millions of events costs a few
// thousand rows of the state store and not a scan.
//
// Counted are events by hour of observation (time.source) and hour of arrival, by feed, report, class, type, and whether they are
// somebody's. The counts of an intake become visible in the transaction that makes its events visible;
// they go with the events when these expire, and are counted anew when events were erased. Until that is done, and for events that came
// before there were counts, the parts concerned are owed: an answer says whether it is complete.
//
// A key is never text without end: what an intake brings beyond a bound of different keys is counted under Other. Old hours become days.
package rollup
