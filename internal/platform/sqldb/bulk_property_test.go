package sqldb_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/platform/sqldb"
)

// model is what a table of things should hold after rows were added one by one.
type model map[string]struct {
	n    int64
	note string
}

func (m model) add(row []any) {
	have := m[row[0].(string)]
	have.n += row[1].(int64)
	have.note = row[2].(string)
	m[row[0].(string)] = have
}

// list writes the model as things does.
func (m model) list() (out []string) {
	type line struct {
		n    int64
		name string
	}
	var lines []line
	for name, v := range m {
		lines = append(lines, line{v.n, name})
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Or(cmp.Compare(a.n, b.n), cmp.Compare(a.name, b.name)) })
	for _, l := range lines {
		out = append(out, fmt.Sprintf("%s=%d %s", l.name, l.n, m[l.name].note))
	}
	return out
}

// On both engines any batches leave what adding row by row would, however often
// a key comes in one batch.
func TestBulkUpsertIsRowByRow(t *testing.T) {
	each(t, func(t *testing.T, db *sqldb.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			exec(t, db, `DELETE FROM thing`)
			want := model{}
			for batch := range rapid.IntRange(1, 3).Draw(rt, "batches") {
				var rows [][]any
				for i := range rapid.IntRange(0, 12).Draw(rt, "rows") {
					name := rapid.SampledFrom([]string{"a", "b", "c", "d", "Ä"}).Draw(rt, "name")
					row := []any{name, rapid.Int64Range(-5, 5).Draw(rt, "n"), fmt.Sprintf("%d.%d", batch, i)}
					rows = append(rows, row)
					want.add(row)
				}
				upsert(t, db, adding, slices.Values(rows))
			}
			if diff := gocmp.Diff(want.list(), things(t, db)); diff != "" {
				rt.Fatal(diff)
			}
		})
	})
}
