package desk

import (
	"testing"
	"time"
)

// TestOrderIsTheEngines holds the order of rows here to the engine's: what is absent comes last.
func TestOrderIsTheEngines(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	placed := EventRow{Time: at, order: rowOrder{arrived: 1, intake: "i", lo: 0xffffc0000201, port: 23}}
	noPort, noAddress, noTime := placed, placed, placed
	noPort.order.port = unplaced.port
	noAddress.order.hi, noAddress.order.lo = unplaced.hi, unplaced.lo
	noTime.Time = time.Time{}
	for i, pair := range [][2]EventRow{{placed, noPort}, {noPort, noAddress}, {placed, noAddress}, {noAddress, noTime}} {
		if pair[0].compare(pair[1]) >= 0 || pair[1].compare(pair[0]) <= 0 {
			t.Errorf("pair %d is in the wrong order", i)
		}
	}
}
