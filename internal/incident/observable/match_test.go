package observable

import (
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/indicator"
)

// matching is what each pair of values is to each other.
var matching = []struct {
	name, old, fresh string
	why, back        Why // what the old one is to the fresh one, and the other way round; "" for no match
}{
	{"the same", "evil.example.org", "EVIL[.]example.org", Same, Same},
	{"the same page", "http://evil.net/", "hxxp://EVIL.net:80", Same, Same},
	{"an address in a network", "198.18.200.0/21", "198.18.201.77", Contains, Within},
	{"a network in a network", "198.18.200.0/21", "198.18.201.0/24", Contains, Within},
	{"an IPv6 address in a network", "2a00:1:2::/47", "2a00:1:2::77", Contains, Within},
	{"a URL in a network", "198.18.200.0/21", "http://198.18.201.77/a", Contains, Within},
	{"an address beside a network", "198.18.200.0/24", "198.18.201.77", "", ""},
	{"a name below a domain", "evil.net", "www.evil.net", Above, Below},
	{"names below a suffix of all", "a.github.io", "b.github.io", "", ""},
	{"a URL's host", "www.evil.net", "https://www.evil.net/login", Host, OnHost},
	{"above a URL's host", "evil.net", "https://www.evil.net/login", Above, OnHost},
	{"a URL's address", "198.18.201.77", "https://198.18.201.77/login", Host, OnHost},
	{"two pages of a host", "https://www.evil.net/login", "https://www.evil.net/other", SameHost, SameHost},
	{"a mail address's domain", "evil.net", "bob@evil.net", MailDomain, AtDomain},
	{"two mail addresses", "ann@evil.net", "bob@evil.net", "", ""},
	{"hashes", "d41d8cd98f00b204e9800998ecf84270", "D41D8CD98F00B204E9800998ECF84270", Same, Same},
	{"what everybody has", "192.168.0.1", "192.168.0.1", "", ""},
	{"what everybody's mail holds", "w3.org", "www.w3.org", "", ""},
}

func TestMatch(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, tt := range matching {
			for _, restricted := range []bool{false, true} {
				h.pair(t, tt.name, tt.old, tt.fresh, tt.why, restricted)
				h.pair(t, tt.name+", the other way round", tt.fresh, tt.old, tt.back, restricted)
			}
		}
	})
}

// pair puts two values into two incidents, and looks what the first is to the second.
func (h *house) pair(t *testing.T, name, old, fresh string, want Why, restricted bool) {
	t.Helper()
	a, b := h.open(t, ada, incident.Opening{Restricted: restricted}), h.open(t, ada, incident.Opening{})
	first := h.put(t, ada, a.ID, old)[0]
	second := h.put(t, ada, b.ID, fresh)[0]
	got, err := h.One(t.Context(), ada, b.ID, second.ID)
	if err != nil {
		t.Fatal(err)
	}
	var why Why
	for _, m := range got.Matches {
		if m.Observable == first.ID {
			why = m.Why
			if m.Value != first.Value || m.Ref != a.Ref || m.Restricted != restricted {
				t.Errorf("%s: %+v", name, m)
			}
		}
	}
	if why != want {
		t.Errorf("%s, restricted %v: %q, not %q", name, restricted, why, want)
	}
	l, err := h.List(t.Context(), ada, b.ID, Filter{}, page.Request{})
	if err != nil || (l.Items[0].Elsewhere > 0) != (want != "") {
		t.Errorf("%s: listed with %d, %v", name, l.Items[0].Elsewhere, err)
	}
	for _, i := range []string{a.ID, b.ID} { // so that the next pair is alone
		list, err := h.List(t.Context(), ada, i, Filter{}, page.Request{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Remove(t.Context(), ada, i, ids(list.Items), "the test is over"); err != nil {
			t.Fatal(err)
		}
	}
}

// Who does not see a restricted incident sees nothing of it; its members are told, and nobody else.
func TestRestricted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		secret := h.open(t, ada, incident.Opening{Title: "Minister", Restricted: true})
		hidden := h.put(t, ada, secret.ID, "http://minister.evil.net/login", "198.18.201.77", "bob@evil.net")
		if n := h.stands(t, "evil"); n > 0 {
			t.Errorf("%d values stand in clear", n)
		}
		open := h.open(t, bob, incident.Opening{})
		mine := h.put(t, bob, open.ID, "minister.evil.net", "198.18.201.77", "198.18.200.0/21")
		for name, err := range map[string]error{
			"list":     second(h.List(t.Context(), bob, secret.ID, Filter{}, page.Request{})),
			"by ref":   second(h.List(t.Context(), bob, secret.Ref, Filter{}, page.Request{})),
			"one":      second(h.One(t.Context(), bob, secret.ID, hidden[0].ID)),
			"add":      second(h.Add(t.Context(), bob, secret.ID, []Draft{{Value: "192.0.2.1"}})),
			"paste":    second(h.Paste(t.Context(), bob, secret.ID, "192.0.2.1")),
			"report":   second(h.FromReport(t.Context(), bob, secret.ID, "R-1")),
			"edit":     second(h.Edit(t.Context(), bob, secret.ID, hidden[0].ID, 0, Revision{})),
			"edit all": second(h.EditAll(t.Context(), bob, secret.ID, []string{hidden[0].ID}, Revision{})),
			"remove":   second(h.Remove(t.Context(), bob, secret.ID, []string{hidden[0].ID}, "x")),
			"restore":  second(h.Restore(t.Context(), bob, secret.ID, []string{hidden[0].ID})),
			"export":   second(h.Export(t.Context(), bob, secret.ID, Filter{}, false)),
			"relate":   h.Relate(t.Context(), bob, secret.ID, hidden[0].ID, RelatesTo, hidden[1].ID),
			"sight":    h.Sight(t.Context(), bob, secret.ID, hidden[0].ID, Sighting{Seer: "x"}),
			"unrelate": h.Unrelate(t.Context(), bob, secret.ID, "x"),
			"unsight":  h.Unsight(t.Context(), bob, secret.ID, "x"),
			"through":  second(h.One(t.Context(), bob, open.ID, hidden[0].ID)),
		} {
			missing(t, name, err)
		}
		for _, o := range mine {
			got, err := h.One(t.Context(), bob, open.ID, o.ID)
			if err != nil || len(got.Matches) > 0 || got.More {
				t.Errorf("%s: %+v, %v", o.Value, got.Matches, err)
			}
			found, err := h.Search(t.Context(), bob, "", o.Value)
			if err != nil || slices.ContainsFunc(found.Matches, func(m Match) bool { return m.Incident == secret.ID }) {
				t.Errorf("%+v, %v", found, err)
			}
			if found, err = h.Search(t.Context(), ada, "", o.Value); err != nil || !slices.ContainsFunc(found.Matches, func(m Match) bool { return m.Incident == secret.ID }) {
				t.Errorf("a member does not find %s: %+v, %v", o.Value, found, err)
			}
		}
		l, err := h.List(t.Context(), bob, open.ID, Filter{}, page.Request{})
		if err != nil || slices.ContainsFunc(l.Items, func(o Observable) bool { return o.Elsewhere > 0 }) {
			t.Errorf("counted: %+v, %v", l.Items, err)
		}
		if n := h.told(t, secret.ID, "observable.matched"); n != 1 {
			t.Errorf("the members were told %d times", n)
		}
		if n := h.told(t, open.ID, "observable.matched"); n != 0 {
			t.Errorf("the others were told %d times", n)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// What is in a restricted incident is told to another one's members without saying where.
func TestTwoRestricted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		one := h.open(t, ada, incident.Opening{Restricted: true})
		h.put(t, ada, one.ID, "evil.net")
		two := h.open(t, bob, incident.Opening{Restricted: true})
		h.put(t, bob, two.ID, "www.evil.net")
		if n := h.told(t, one.ID, "observable.matched-hidden"); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

// An incident that becomes restricted keeps nothing in clear, and one that is opened is found again.
func TestSettle(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{})
		h.put(t, ada, i.ID, "http://minister.evil.net/login", "198.18.201.77", "evil.net")
		gone := h.put(t, ada, i.ID, "removed.evil.net")[0]
		if _, err := h.Remove(t.Context(), ada, i.ID, []string{gone.ID}, "x"); err != nil {
			t.Fatal(err)
		}
		before := h.list(t, ada, i.ID, Filter{})
		for _, restricted := range []bool{true, false, true} {
			if _, err := h.incidents.Restrict(t.Context(), ada, i.ID, restricted, nil, "as it is"); err != nil {
				t.Fatal(err)
			}
			if n := h.stands(t, "evil") + h.stands(t, "c612c94d"); (n == 0) != restricted {
				t.Errorf("restricted %v: %d stand in clear", restricted, n)
			}
			if got := h.list(t, ada, i.ID, Filter{}); !slices.Equal(got, before) {
				t.Errorf("%v", got)
			}
			found, err := h.Search(t.Context(), ada, "", "198.18.200.0/21")
			if err != nil || len(found.Matches) != 1 || found.Matches[0].Value != "198.18.201.77" {
				t.Errorf("restricted %v: %+v, %v", restricted, found, err)
			}
			if got := h.list(t, ada, i.ID, Filter{Text: "minister"}); len(got) != 1 {
				t.Errorf("restricted %v: %v", restricted, got)
			}
		}
	})
}

func TestSearch(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{})
		h.put(t, ada, i.ID, "evil.net", "10.0.0.1")
		if _, err := h.Search(t.Context(), ada, "", "what is it"); !problem.Is(err, problem.Invalid) {
			t.Errorf("%v", err)
		}
		found, err := h.Search(t.Context(), vol, "", "10.0.0.1")
		if err != nil || !found.Quiet || len(found.Matches) != 1 || !slices.Contains(found.Listed, "private") {
			t.Errorf("what is listed is found as itself: %+v, %v", found, err)
		}
	})
}

// Triage is told of restricted incidents too, and nobody else is.
func TestName(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{Restricted: true})
		h.put(t, ada, i.ID, "www.evil.net")
		for text, want := range map[string]Why{"hxxp://www.evil.net/login": Host, "www.evil.net": Same, "evil.net": "", "a.www.evil.net": ""} {
			got, err := h.Name(t.Context(), teller, indicator.Extract(text, indicator.Limits{}).List)
			if err != nil || (want == "") != (len(got) == 0) || len(got) > 0 && (got[0].Incident != i.ID || got[0].Why != want) {
				t.Errorf("%s: %+v, %v", text, got, err)
			}
		}
	})
}

func TestCarry(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		from, to := h.open(t, ada, incident.Opening{}), h.open(t, ada, incident.Opening{Restricted: true})
		list := h.put(t, ada, from.ID, "evil.net", "198.18.201.77", "both.net")
		h.put(t, ada, to.ID, "both.net")
		if err := h.Sight(t.Context(), ada, from.ID, list[0].ID, Sighting{Seer: "ISP"}); err != nil {
			t.Fatal(err)
		}
		if err := h.Relate(t.Context(), ada, from.ID, list[0].ID, ResolvesTo, list[1].ID); err != nil {
			t.Fatal(err)
		}
		h.move(t, from.ID, to.ID, ids(list))
		if got := h.list(t, ada, from.ID, Filter{}); !slices.Equal(got, []string{"both.net"}) {
			t.Errorf("%v stay", got)
		}
		got, err := h.One(t.Context(), ada, to.ID, list[0].ID)
		if err != nil || got.Value != "evil.net" || len(got.Sightings) != 1 || got.Sightings[0].Seer != "ISP" || len(got.RelatedTo) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if n := h.stands(t, "evil"); n > 0 {
			t.Errorf("%d stand in clear", n)
		}
		h.move(t, to.ID, from.ID, ids(list[:2]))
		if got := h.list(t, ada, from.ID, Filter{}); len(got) != 3 {
			t.Errorf("%v came back", got)
		}
	})
}
