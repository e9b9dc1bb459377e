package plan

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/event/query"
)

func TestSlices(t *testing.T) {
	r := Request{Where: parse(t, "asn:5"), Filter: query.Everything, Files: stock()}
	for _, tt := range []struct {
		name          string
		rows          int64
		pieces, files int
	}{
		{"all at once", 1000, 1, 3},
		{"two small ones together", 35, 3, 4},
		{"each cut", 7, 11, 11},
		{"one row each", 0, 70, 70},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pieces, err := Slices(r, tt.rows)
			if err != nil {
				t.Fatal(err)
			}
			files, rows := 0, int64(0)
			columns := ""
			for _, piece := range pieces {
				p := plan(t, piece)
				files += p.Files
				rows += p.Rows
				names := ""
				for _, c := range p.Columns {
					names += c.Name + " "
				}
				if columns != "" && names != columns {
					t.Errorf("a piece gives %s, another %s", names, columns)
				}
				columns = names
			}
			if len(pieces) != tt.pieces || files != tt.files || rows != 70 {
				t.Errorf("%d pieces, %d files, %d rows", len(pieces), files, rows)
			}
		})
	}
}

func TestPartOfFile(t *testing.T) {
	files := stock()[:1]
	files[0].Part = Part{3, 4}
	p := plan(t, Request{Where: parse(t, "asn:5 or asn:6"), Files: files, Count: true})
	if want := `read_parquet($3, file_row_number = true, hive_partitioning = false) WHERE file_row_number >= 3 AND file_row_number < 7 AND (`; !strings.Contains(p.SQL, want) {
		t.Errorf("no %s in %s", want, p.SQL)
	}
}

func TestSlicesOfUnknownField(t *testing.T) {
	if _, err := Slices(Request{Fields: []string{"nobody-knows"}}, 1); err == nil {
		t.Error("accepted")
	}
}

func TestRowBytes(t *testing.T) {
	p := plan(t, Request{Where: query.Everything, Fields: []string{"src", "class", "asn"}})
	if p.RowBytes() != 16+40+8 {
		t.Errorf("%d", p.RowBytes())
	}
	if (Plan{}).RowBytes() != 1 {
		t.Error("nothing is smaller than one byte")
	}
}
