package message

import (
	"strings"

	"github.com/firehall/firehall/internal/event"
)

// The columns of a table that say how to handle its rows, where its sources said more than a label. Who takes it in keeps to them: they are fields of events.
const (
	columnTLP = "tlp"
	columnPAP = event.FieldPAP
	columnIEP = event.FieldIEP
)

// handled is how to handle a letter, in the forms of its files.
type handled struct {
	pap string // amber; "" where nothing was said beside the label
	iep []string
}

func saidOf(l Letter) (h handled) {
	fields := l.Handling.Fields()
	if pap, ok := fields["pap"].(string); ok {
		h.pap = strings.ToLower(strings.TrimPrefix(pap, "PAP:"))
	}
	h.iep, _ = fields["iep"].([]string)
	return h
}

// cellsOf are the cells that are the same in each row of a letter's table, by column; none where nothing was said beside the label.
func cellsOf(l Letter) map[string]string {
	h := saidOf(l)
	if h.pap == "" {
		return nil
	}
	cells := map[string]string{columnTLP: l.Label.Short(), columnPAP: h.pap}
	if len(h.iep) > 0 {
		cells[columnIEP] = strings.Join(h.iep, ", ")
	}
	return cells
}
