package constituency

import "iter"

// CSVRow is one row of a CSV file of another part of this room.
type CSVRow struct {
	Line   int      // where it begins, from 1
	Cells  []string // without the apostrophes that CSVCell puts before formulas
	Reason string   // why it could not be read; then Cells is nil
}

// CSVRows reads CSV row by row and goes on after a bad one; rows without anything are left out.
func CSVRows(data []byte) iter.Seq[CSVRow] {
	return func(yield func(CSVRow) bool) {
		r := newCellReader(data)
		for rec, ok := r.next(); ok; rec, ok = r.next() {
			for i, cell := range rec.cells {
				rec.cells[i] = plain(cell)
			}
			if !yield(CSVRow{rec.line, rec.cells, rec.reason}) {
				return
			}
		}
	}
}

// CSVCell is a cell as it is written: what a spreadsheet would take for a formula gets an apostrophe, which CSVRows takes off again.
func CSVCell(cell string) string { return neutral(cell) }
