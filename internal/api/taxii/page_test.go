package taxii

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
)

func draftOf(c sharing.Collection) sharing.Draft {
	return sharing.Draft{Title: c.Title, Alias: c.Alias, Group: c.Group, CanRead: c.CanRead, CanWrite: c.CanWrite, Label: c.Label}
}

const firstHeader, lastHeader = "X-TAXII-Date-Added-First", "X-TAXII-Date-Added-Last"

func TestFilters(t *testing.T) {
	w := lite(t)
	w.give(indicator(1, v1), address(2), indicator(3, v1), strings.Replace(indicator(4, v1), `"2.1"`, `"2.0"`, 1))
	w.give(indicator(1, v2))
	tests := []struct {
		query string
		want  []string
	}{
		{"", []string{"02", "03" + v1, "04" + v1, "01" + v2}},
		{"match[type]=ipv4-addr", []string{"02"}},
		{"match[type]=ipv4-addr,indicator", []string{"02", "03" + v1, "04" + v1, "01" + v2}},
		{"match[id]=indicator--" + uid(1) + ",ipv4-addr--" + uid(2), []string{"02", "01" + v2}},
		{"match[version]=first", []string{"01" + v1, "02", "03" + v1, "04" + v1}},
		{"match[version]=all", []string{"01" + v1, "02", "03" + v1, "04" + v1, "01" + v2}},
		{"match[version]=first,last&match[id]=indicator--" + uid(1), []string{"01" + v1, "01" + v2}},
		{"match[version]=" + v2, []string{"01" + v2}},
		{"match[spec_version]=2.0", []string{"04" + v1}},
		{"match[spec_version]=2.0,2.1", []string{"02", "03" + v1, "04" + v1, "01" + v2}},
		{"added_after=2026-11-22T03:00:00.123457Z", []string{"03" + v1, "04" + v1, "01" + v2}},
		{"added_after=2026-11-22T04:00:00.123457%2B01:00", []string{"03" + v1, "04" + v1, "01" + v2}},
		{"match[type]=malware", nil},
	}
	for _, tt := range tests {
		a := w.ask("GET", w.path("objects/?"+tt.query), "")
		if !slices.Equal(a.ids(), tt.want) || (len(tt.want) == 0) != (a.text == "{}") {
			t.Errorf("%s: %s", tt.query, a.text)
		}
		if got := a.Header.Get(firstHeader) != "" && a.Header.Get(lastHeader) != ""; got != (len(tt.want) > 0) {
			t.Errorf("%s: %v", tt.query, a.Header)
		}
	}
}

func TestWrongQueries(t *testing.T) {
	w := lite(t)
	for _, query := range []string{
		"limit=0", "limit=-1", "limit=x", "limit=", "added_after=yesterday", "added_after=", "match[version]=newest", "match[version]=all,last", "match[type]=A%20B",
		"match[id]=x", "match[spec_version]=3", "match[type]=a&match[type]=b", "next=x", "next=AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "match[name]=x", "limit=1;x=1", "limit=%zz",
		"match[type]=" + strings.Repeat("a,", 200) + "a",
	} {
		if a := w.ask("GET", w.path("objects/?"+query), ""); a.StatusCode != 400 {
			t.Errorf("%s: %s", query, a.Status)
		}
	}
	if a := w.ask("GET", w.path("objects/indicator--"+uid(1)+"/?match[type]=x"), ""); a.StatusCode != 400 {
		t.Errorf("a filter that one object does not have: %s", a.Status)
	}
	if a := w.ask("GET", w.path("objects/?limit=99999999999999999999999"), ""); a.StatusCode != 400 {
		t.Errorf("more than a number: %s", a.Status)
	}
	if a := w.ask("GET", w.path("objects/?limit=5000&unknown=1"), ""); a.StatusCode != 200 {
		t.Errorf("more than a page: %s", a.Status)
	}
}

// The filters are in the cursor: who goes on need not say them again, and may not say others.
func TestCursor(t *testing.T) {
	each(t, func(w *world) {
		for n := range 6 {
			w.give(indicator(n, v1), address(n+50))
		}
		first := w.ask("GET", w.path("objects/?limit=2&match[type]=indicator"), "")
		next := url.QueryEscape(first.body.Next)
		if !first.body.More || next == "" || !slices.Equal(first.ids(), []string{"00" + v1, "01" + v1}) {
			w.Fatalf("%s", first.text)
		}
		want := []string{"02" + v1, "03" + v1, "04" + v1, "05" + v1}
		for _, query := range []string{"next=" + next, "next=" + next + "&match[type]=indicator", "limit=1000&next=" + next} {
			if a := w.ask("GET", w.path("objects/?"+query), ""); !slices.Equal(a.ids(), want[:len(a.ids())]) || len(a.ids()) == 0 {
				w.Errorf("%s: %v", query, a.ids())
			}
		}
		for name, path := range map[string]string{
			"another filter":     w.path("objects/?match[type]=ipv4-addr&next=" + next),
			"another page":       w.path("manifest/?next=" + next),
			"another collection": Root + api + "/collections/community/objects/?next=" + next,
			"a changed one":      w.path("objects/?next=" + next[:len(next)-2] + "AA"),
		} {
			if a := w.ask("GET", path, ""); a.StatusCode != 400 {
				w.Errorf("%s: %s", name, a.Status)
			}
		}
	})
}

func TestManifestAndVersions(t *testing.T) {
	w := lite(t)
	w.give(indicator(1, v1), address(2))
	w.give(indicator(1, v2))
	a := w.ask("GET", w.path("manifest/?match[version]=all"), "")
	for _, want := range []string{
		`{"id":"indicator--` + uid(1) + `","date_added":"2026-11-22T03:00:00.123456Z","version":"` + v1 + `","media_type":"application/stix+json;version=2.1"}`,
		`"date_added":"2026-11-22T03:00:00.123457Z","version":"2026-11-22T03:00:00.123457Z"`, // an observable has no version of its own
		`"version":"` + v2 + `"`,
	} {
		if !strings.Contains(a.text, want) {
			t.Errorf("no %s in %s", want, a.text)
		}
	}
	if a.Header.Get(firstHeader) != "2026-11-22T03:00:00.123456Z" || a.Header.Get(lastHeader) != "2026-11-22T03:00:00.123458Z" {
		t.Errorf("%v", a.Header)
	}
	b := w.ask("GET", w.path("objects/indicator--"+uid(1)+"/versions/"), "")
	if !slices.Equal(b.body.Versions, []string{v1, v2}) {
		t.Errorf("%s", b.text)
	}
	c := w.ask("GET", w.path("objects/indicator--"+uid(1)+"/versions/?limit=1"), "")
	d := w.ask("GET", w.path("objects/indicator--"+uid(1)+"/versions/?next="+c.body.Next), "")
	if !c.body.More || !slices.Equal(append(c.body.Versions, d.body.Versions...), []string{v1, v2}) {
		t.Errorf("%s %s", c.text, d.text)
	}
}

// Each reading leaves one row.
func TestReceipt(t *testing.T) {
	w := lite(t)
	w.give(indicator(1, v1))
	for range 3 {
		w.ask("GET", w.path("objects/"), "")
	}
	list, err := w.shared.Receipts(ctx, ada, w.c.ID)
	if err != nil || len(list) != 3 || list[0].Organisation != "o-north" || list[0].Objects != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

// Two clients page while writers write, over moments of which many are equal: nobody misses an object or sees one twice.
func TestTwoClientsWhileWritersWrite(t *testing.T) {
	const writers, rounds, size = 3, 6, 5
	each(t, func(w *world) {
		w.server.Options.Clock = clock.Real{}
		var writing, reading sync.WaitGroup
		var ended atomic.Bool
		for n := range writers {
			writing.Go(func() {
				for round := range rounds {
					var given []string
					for k := range size {
						given = append(given, indicator((n*rounds+round)*size+k, v1))
					}
					w.give(given...)
				}
			})
		}
		seen := make([][]string, 2)
		for n, who := range []string{"north", "south"} {
			reading.Go(func() { seen[n] = w.follow(who, 3+4*n, &ended) })
		}
		writing.Wait()
		ended.Store(true)
		reading.Wait()
		for n, got := range seen {
			once := slices.Compact(slices.Sorted(slices.Values(got)))
			if len(got) != writers*rounds*size || len(once) != len(got) {
				w.Errorf("client %d saw %d objects, %d of them once", n, len(got), len(once))
			}
		}
	})
}

// follow pages as a client does: by next while there is more, and then by added_after with what the header said last.
func (w *world) follow(who string, limit int, ended *atomic.Bool) (out []string) {
	query, since := "", ""
	for {
		last := ended.Load()
		a := w.ask("GET", w.path(fmt.Sprintf("objects/?limit=%d%s", limit, query)), "", as(w.tokens[who]))
		if a.StatusCode == 429 {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if a.StatusCode != 200 {
			w.Errorf("%s: %s", a.Status, a.text)
			return out
		}
		out = append(out, a.ids()...)
		if at := a.Header.Get(lastHeader); at != "" {
			since = "&added_after=" + at
		}
		query = since
		if a.body.More {
			query = "&next=" + a.body.Next
		} else if last && len(a.body.Objects) == 0 {
			return out
		}
	}
}

// Equal moments, as another server's would be, do not break the pages.
func TestEqualMoments(t *testing.T) {
	each(t, func(w *world) {
		var given []string
		for n := range 12 {
			given = append(given, indicator(n, v1))
		}
		w.give(given...)
		w.must(w.db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(`UPDATE sharing_member SET added = $1`, sharing.Micros(day))
			return err
		}))
		var got []string
		a := w.ask("GET", w.path("objects/?limit=5"), "")
		for got = a.ids(); a.body.More; got = append(got, a.ids()...) {
			a = w.ask("GET", w.path("objects/?limit=5&next="+a.body.Next), "")
		}
		if len(got) != 12 || len(slices.Compact(slices.Sorted(slices.Values(got)))) != 12 {
			w.Errorf("%v", got)
		}
	})
}

func FuzzQuery(f *testing.F) {
	s := New(Options{Secret: [32]byte{7}})
	good := s.seal(cursor{Collection: "c", What: sharing.Objects, Added: 5, Seq: 6, Filter: sharing.Filter{Types: []string{"indicator"}}.Normal()})
	f.Add("limit=5&match[type]=a,b&match[version]=last,2026-01-01T00:00:00Z", "")
	f.Add("added_after=2026-01-01T00:00:00.000001Z", good)
	f.Add("match%5Bid%5D=x--y", "AAAA")
	f.Fuzz(func(t *testing.T, query, next string) {
		v, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		if next != "" {
			v.Set("next", next)
		}
		for _, what := range []string{sharing.Objects, sharing.Manifest, sharing.Versions, sharing.Object1} {
			q, err := s.question(what, "c", "", v)
			if err != nil {
				continue
			}
			if q.Limit < 1 || q.Limit > sharing.MaxPage || len(q.Filter.String()) == 0 && len(query) < 3000 {
				t.Fatalf("%+v", q)
			}
			if c, err := s.open(s.seal(cursor{What: what, Filter: q.Filter})); err != nil || c.Filter.String() != q.Filter.String() {
				t.Fatalf("a cursor that changes on its way: %+v, %v", c, err)
			}
		}
	})
}
