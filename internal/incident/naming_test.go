package incident

import (
	"testing"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// A report is found by any value that its text holds, however that is written; what it holds is never taken for a key of the query.
func TestReportsNaming(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		h := build(t, db)
		h.sign("ada")
		r := h.accept(t, Draft{Text: "Seen: 2001:db8:7::42, 2001:db8:9::/48, 192.0.2.77, 198.51.100.0/25, https://www.evil.example:8443/is:mine/a-b.php?x=1&state:none#top and 44d88612fea8a8f36de82e1278abb02f."})
		h.accept(t, Draft{Text: "Nothing of that: 192.0.2.78, 2001:db8:7::43, https://www.good.example/"})
		for _, c := range []struct{ name, value, want string }{
			{"IPv6 address", "2001:db8:7::42", r.ID},
			{"IPv6 prefix", "2001:db8:9::/48", r.ID},
			{"IPv4 address", "192.0.2.77", r.ID},
			{"IPv4 prefix", "198.51.100.0/25", r.ID},
			{"URL", "https://www.evil.example:8443/is:mine/a-b.php?x=1&state:none#top", r.ID},
			{"name", "evil.example", r.ID},
			{"hash", "44D88612FEA8A8F36DE82E1278ABB02F", r.ID},
			{"another address", "2001:db8:7::44", ""},
			{"another page", "https://www.evil.example/other/path", ""},
			{"no word", "::/-", ""},
		} {
			got, err := h.ReportsNaming(t.Context(), ada, c.value, 10)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			id := ""
			for _, row := range got.Items {
				id += row.ID
			}
			if id != c.want {
				t.Errorf("%s: %q finds %q, want %q", c.name, Naming(c.value), id, c.want)
			}
		}
	})
}
