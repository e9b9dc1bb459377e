package app

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/identity/account"
	apitoken "github.com/firehall/firehall/internal/identity/token"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// What others fetch by themselves, as the matrix has it.
const (
	byText     = "blocklist, plain"
	byTable    = "blocklist, CSV"
	byObjects  = "TAXII, objects"
	byManifest = "TAXII, manifest"
)

// fetching are the ways to fetch from a collection: the address behind its alias, and how the ids of what came stand in the answer.
var fetching = map[string]struct {
	path string
	read func(body []byte, named map[string]string) ([]string, error)
}{
	byText:     {"/blocklists/%s/domain.txt", readLines},
	byTable:    {"/blocklists/%s/domain.csv", readTable},
	byObjects:  {"/taxii2/firehall/collections/%s/objects/?limit=1000", readObjects},
	byManifest: {"/taxii2/firehall/collections/%s/manifest/?limit=1000", readObjects},
}

// lists tells whether a way leads to what is to be blocked.
func lists(way string) bool { return way == byText || way == byTable }

func readLines(body []byte, named map[string]string) (out []string, err error) {
	for line := range strings.SplitSeq(string(body), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, named[line])
		}
	}
	return out, nil
}

func readTable(body []byte, _ map[string]string) (out []string, err error) {
	r := csv.NewReader(strings.NewReader(string(body)))
	r.Comment = '#'
	rows, err := r.ReadAll()
	for _, row := range rows[min(1, len(rows)):] {
		out = append(out, row[4])
	}
	return out, err
}

func readObjects(body []byte, _ map[string]string) (out []string, err error) {
	var page struct {
		Objects []struct{ ID string } `json:"objects"`
	}
	err = json.Unmarshal(body, &page)
	for _, o := range page.Objects {
		if strings.HasPrefix(o.ID, "indicator--") {
			out = append(out, o.ID)
		}
	}
	return out, err
}

// shownThing is one indicator under one label, PAP and policy.
type shownThing struct {
	id, value string
	label     tlp.Label
	pap       tlp.PAP
	iep       *iep.Policy
}

func (s shownThing) String() string {
	return fmt.Sprintf("%s %s IEP %v", s.label, s.pap, s.iep.List())
}

// stands is what docs/guide/release.md says of what the team puts into a collection for a group.
func (s shownThing) stands(most tlp.Label) bool { return s.label <= most && s.label < tlp.AmberStrict }

// blockable is what the guide says of what stands on a blocklist: whoever blocks it is seen to.
func (s shownThing) blockable() bool { return s.pap <= tlp.PAPGreen && s.iep.PAP() <= tlp.PAPGreen }

// shelf is a collection, and what was put there.
type shelf struct {
	sharing.Collection
	alias   string
	cap     tlp.Label
	members []string
	things  []shownThing
	named   map[string]string // ids by value
}

// reading is the matrix with a token for each that it knows.
type reading struct {
	*roomMatrix
	face   http.Handler
	tokens map[string]string // by organisation
	by     map[string]int    // cells by the way of fetching
	alias  []string          // of the shelves
	seen   map[trusted][2]string
}

// trusted is a cell as numbers: the more trust, the higher.
type trusted struct {
	way   string
	most  tlp.Label // of the collection
	trust [5]int    // member, agreement, cap of the group, label, what may be done
}

// below tells whether a is trusted no more than b.
func (a trusted) below(b trusted) bool {
	for n := range a.trust {
		if a.trust[n] > b.trust[n] {
			return false
		}
	}
	return a.way == b.way && a.most == b.most
}

// openReading lets everybody of the matrix in by a token of their own.
func (m *roomMatrix) openReading() *reading {
	m.Helper()
	r := &reading{roomMatrix: m, tokens: map[string]string{}, by: map[string]int{}, seen: map[trusted][2]string{}}
	for n, w := range m.whom {
		who, _, err := m.a.Accounts.Add(m.Context(), tester, account.Draft{Login: fmt.Sprintf("reader%d", n), Roles: []identity.Role{identity.Peer}, Organisation: w.id})
		m.must(err)
		r.tokens[w.id], _, err = m.a.Programs.Make(m.Context(), tester, apitoken.Draft{Name: "reader", Scopes: []identity.Scope{identity.SharingRead, identity.SharingWrite}, For: who.ID})
		m.must(err)
	}
	var err error
	r.face, err = m.a.Handler()
	m.must(err)
	return r
}

// ask asks with a token, as the program of an organisation does.
func (r *reading) ask(token, path string) *httptest.ResponseRecorder {
	q := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	q.Header.Set("Authorization", "Bearer "+token)
	q.Header.Set("Accept", "*/*")
	if strings.HasPrefix(path, "/taxii2/") {
		q.Header.Set("Accept", "application/taxii+json;version=2.1")
	}
	w := httptest.NewRecorder()
	r.clock.Advance(20 * time.Millisecond) // a program asks not too often
	r.face.ServeHTTP(w, q)
	return w
}

// shelve opens a collection of a group, and puts one thing of each label, PAP and policy there.
func (r *reading) shelve(name string, most, group tlp.Label, members []string) shelf {
	r.Helper()
	alias := strings.ToLower(strings.NewReplacer(":", "-", "+", "-", " ", "-").Replace(name + " " + most.String()))
	g, err := r.a.Teams.PutGroup(r.Context(), tester, team.Group{Name: alias, Cap: group, Members: members})
	r.must(err)
	c, err := r.a.Sharing.Open(r.Context(), tester, sharing.Draft{Title: alias, Alias: alias, Group: g.ID, CanRead: true, Label: most})
	r.must(err)
	s := shelf{Collection: c, alias: alias, cap: group, members: members, named: map[string]string{}}
	r.alias = append(r.alias, alias)
	body := []string{}
	for _, label := range tlp.Labels() {
		for pap := tlp.PAPClear; pap <= tlp.PAPRed; pap++ {
			for _, policy := range []*iep.Policy{nil, {Encrypt: true}, {Actions: iep.IndirectAction}, {Actions: iep.NoAction}} {
				one := shownThing{label: label, pap: pap, iep: policy, value: fmt.Sprintf("n%d.%s.badthings.net", len(s.things), alias)}
				one.id = stix.IDFrom("indicator", [16]byte(fmt.Appendf(nil, "%8d%8d", len(r.alias), len(s.things))))
				body = append(body, r.indicator(one)...)
				s.things, s.named[one.value] = append(s.things, one), one.id
			}
		}
	}
	_, err = r.a.Sharing.Add(r.Context(), tester, sharing.In{Collection: c.ID, Origin: sharing.OriginUpload, Body: strings.NewReader(`{"objects":[` + strings.Join(body, ",") + `]}`)})
	r.must(err)
	_, err = r.a.Indicators.Digest(r.Context(), identity.System("indicator"))
	r.must(err)
	return s
}

// indicator writes a thing as objects: it, and the marking of its policy.
func (r *reading) indicator(s shownThing) (out []string) {
	b := &stix.Indicator{Pattern: "[domain-name:value = '" + s.value + "']", PatternType: "stix", ValidFrom: stix.At(r.clock.Now())}
	b.Head = stix.Head{Type: "indicator", SpecVersion: stix.SpecVersion, ID: s.id, Created: stix.At(r.clock.Now()), Modified: stix.At(r.clock.Now())}
	b.Markings = []string{stix.RefTLP(s.label), stix.RefPAP(s.pap)}
	if s.iep != nil {
		mark, err := stix.Marshal(stix.MarkIEP(s.iep))
		r.must(err)
		b.Markings, out = append(b.Markings, stix.RefIEP(s.iep)), append(out, string(mark))
	}
	raw, err := stix.Marshal(b)
	r.must(err)
	return append(out, string(raw))
}

// fetch asks in one way for all of a shelf, and gives what came; nil for who is not let in.
func (r *reading) fetch(way string, s shelf, w whom) (ids []string, status int) {
	r.Helper()
	got := r.ask(r.tokens[w.id], fmt.Sprintf(fetching[way].path, s.alias))
	if got.Code != http.StatusOK {
		for _, one := range s.things {
			if strings.Contains(got.Body.String(), one.id) || strings.Contains(got.Body.String(), one.value) {
				r.Errorf("%s, %s, %s: a refusal that tells %s", way, s.alias, w, one)
			}
		}
		return nil, got.Code
	}
	ids, err := fetching[way].read(got.Body.Bytes(), s.named)
	r.must(err)
	return ids, got.Code
}

// mayRead is what docs/guide/release.md and the directory of teams say of who may read what a group shares up to a label.
func (w whom) mayRead(s shelf) bool {
	return slices.Contains(s.members, w.id) && (s.Label < tlp.Amber || w.agreement == inForce)
}

// fetches has everybody fetch everything.
func (r *reading) fetches(s shelf) {
	r.Helper()
	for _, w := range r.whom {
		member := slices.Contains(s.members, w.id)
		for way := range fetching {
			got, status := r.fetch(way, s, w)
			want := map[bool]int{true: http.StatusForbidden, false: http.StatusNotFound}[member]
			if w.mayRead(s) {
				want = http.StatusOK
			}
			if status != want {
				r.Errorf("%s of %s, by %s: %d, want %d", way, s.alias, w, status, want)
			}
			for _, one := range s.things {
				open := slices.Contains(got, one.id)
				should := w.mayRead(s) && one.stands(min(s.Label, s.cap)) && (!lists(way) || one.blockable())
				r.cells++
				r.by[way]++
				if open != should {
					r.Errorf("%s of %s, by %s: %s came: %v", way, s.alias, w, one, open)
				}
				r.note(way, s, w, one, open)
			}
		}
	}
}

// note keeps a cell as numbers, with one that came and one that did not.
func (r *reading) note(way string, s shelf, w whom, one shownThing, open bool) {
	yes := map[bool]int{true: 1}
	acts := 0
	if lists(way) {
		acts = -int(max(one.pap, one.iep.PAP()))
	}
	key := trusted{way, s.Label, [5]int{yes[slices.Contains(s.members, w.id)], yes[w.agreement == inForce], int(s.cap), -int(one.label), acts}}
	both := r.seen[key]
	both[yes[open]] = fmt.Sprintf("%s, %s, %s", s.alias, w, one)
	r.seen[key] = both
}

// monotone holds that who is trusted less, or what is to be kept more strictly, never shows more.
func (r *reading) monotone() {
	r.Helper()
	pairs := 0
	for a, less := range r.seen {
		for b, more := range r.seen {
			if !a.below(b) {
				continue
			}
			if pairs++; less[1] != "" && more[0] != "" {
				r.Errorf("%s: it came for less trust (%s), and not for more (%s)", a.way, less[1], more[0])
			}
		}
	}
	if pairs < 1000 {
		r.Errorf("only %d pairs", pairs)
	}
}

// Whatever others fetch by themselves is what the guide lets them have, by its label, its PAP and its policy, by their group and by their agreement.
func TestEachReaderGetsWhatTheGuideSays(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			r := openRoomMatrix(t, engine).openReading()
			all := make([]string, len(r.whom))
			for n, w := range r.whom {
				all[n] = w.id
			}
			some := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return !strings.Contains(r.named(id), string(constituency.Peer)) })
			for _, most := range tlp.Labels()[:len(tlp.Labels())-1] {
				r.fetches(r.shelve("all", most, tlp.Red, all))
				r.fetches(r.shelve("tight", most, tlp.Green, all))
				r.fetches(r.shelve("peers", most, tlp.Red, some))
			}
			for way := range fetching {
				if r.by[way] < 1000 {
					t.Errorf("%s: only %d cells", way, r.by[way])
				}
			}
			r.monotone()
		})
	}
}

func (m *roomMatrix) named(id string) string {
	for _, w := range m.whom {
		if w.id == id {
			return w.String()
		}
	}
	return ""
}
