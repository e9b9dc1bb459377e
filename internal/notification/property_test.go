package notification

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/event/fold"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/release"
)

// Each round needs a database of its own: some rounds say what many would, and -rapid.checks asks for more.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "12"); err != nil {
		panic(err)
	}
	flag.Parse()
	os.Exit(m.Run())
}

// life plays what may happen against what must hold whatever happens.
type life struct {
	*house
	organisations []string
	sights        map[finding.Key]sight
	grants        []release.Grant
	read          map[string]map[int]bool // by contact, the events that messages which stand showed it
	judged        map[string]bool         // messages that were looked at
	run           Run
}

func newLife(t *testing.T, rt *rapid.T, db *sqldb.DB) *life {
	c := plain
	c.MaxMessages, c.Quiet = 2, "22:00-04:00"
	l := &life{house: newHouse(t, db, c), sights: map[finding.Key]sight{}, read: map[string]map[int]bool{}, judged: map[string]bool{}}
	l.tester = rt
	l.organisations = []string{
		l.organisation("City Hospital", constituency.Constituent, "soc@hospital.example"),
		l.organisation("Nordic Net", constituency.Provider, "abuse@net.example"),
		l.organisation("Shop", constituency.Constituent, "abuse@shop.example"),
	}
	for i := range 4 {
		l.owners[fmt.Sprintf("192.0.2.%d", i)] = l.organisations[i%3]
	}
	l.owners["192.0.2.4"] = ""
	return l
}

func drawSight(t *rapid.T) sight {
	return sight{
		feed: rapid.SampledFrom([]string{"green", "green", "amber", "red", "provider"}).Draw(t, "feed"),
		ip:   fmt.Sprintf("192.0.2.%d", rapid.IntRange(0, 4).Draw(t, "ip")), class: rapid.SampledFrom([]string{"", "infected-system"}).Draw(t, "class"),
		tlp: rapid.SampledFrom([]string{"", "", "", "amber", "red"}).Draw(t, "tlp"),
		iep: rapid.SampledFrom([]string{"", "", "", "", "affected_party_notifications=must-not", "attribution=must-not", "obfuscate_affected_parties=must", "be kind"}).Draw(t, "iep"),
		ago: time.Duration(rapid.SampledFrom([]int{0, 1, 5, 30, 200}).Draw(t, "ago")) * hour,
	}
}

func (l *life) address(t *rapid.T) string {
	return fmt.Sprintf("192.0.2.%d", rapid.IntRange(0, 4).Draw(t, "address"))
}

func (l *life) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"see": func(t *rapid.T) {
			list := rapid.SliceOfN(rapid.Custom(drawSight), 1, 4).Draw(t, "sights")
			for _, o := range list {
				l.sights[o.key()] = o
			}
			l.see(list...)
		},
		"move": func(t *rapid.T) {
			l.move(rapid.SampledFrom([]finding.State{finding.Muted, finding.Fixed, finding.Acknowledged, finding.Open}).Draw(t, "to"), l.pick(t))
		},
		"approve": func(t *rapid.T) {
			feed := rapid.SampledFrom([]string{"", "green", "amber"}).Draw(t, "feed")
			_, err := l.Approve(ctx, person, ApproveOptions{Feed: feed})
			l.must(err)
		},
		"grant": func(t *rapid.T) {
			about := rapid.SampledFrom(l.organisations).Draw(t, "about")
			to := rapid.SampledFrom(l.organisations).Draw(t, "to")
			if g, err := l.Release.Grant(ctx, person, release.Grant{About: about, To: to, Reason: "they asked", Until: l.clock.Now().Add(200 * hour)}); err == nil {
				l.grants = append(l.grants, g)
			}
		},
		"revoke": func(t *rapid.T) {
			for i := range l.grants {
				if g := &l.grants[i]; g.InForce(l.clock.Now()) {
					l.must(l.Release.Revoke(ctx, person, g.ID, "enough"))
					g.Revoked = l.clock.Now()
				}
			}
		},
		"new owner": func(t *rapid.T) {
			l.owners[l.address(t)] = rapid.SampledFrom(append([]string{""}, l.organisations...)).Draw(t, "owner")
		},
		"contact": func(t *rapid.T) {
			list, err := l.Register.Contacts(ctx, system, rapid.SampledFrom(l.organisations).Draw(t, "of"))
			l.must(err)
			c := list[0]
			c.Health = rapid.SampledFrom([]constituency.Health{constituency.Good, constituency.Bad, constituency.Good}).Draw(t, "health")
			_, err = l.Register.ChangeContact(ctx, person, c)
			l.must(err)
		},
		"wait": func(t *rapid.T) {
			l.clock.Advance(time.Duration(rapid.SampledFrom([]int{1, 7, 24, 24, 100, 170, 750}).Draw(t, "hours")) * hour)
		},
		"run":  l.sends,
		"run2": l.sends,
		"bounce": func(t *rapid.T) {
			if ids := l.texts(`SELECT id FROM delivery WHERE state = 'accepted' ORDER BY id`); len(ids) > 0 {
				id := rapid.SampledFrom(ids).Draw(t, "message")
				err := l.Delivery.Bounced(ctx, system, id, delivery.Bounce{Permanent: true, Status: "5.1.1"})
				if err != nil && problem.KindOf(err) == problem.Internal { // a bounce may come too late to be believed
					l.must(err)
				}
				l.react()
			}
		},
		"deliver": func(*rapid.T) { l.drain(); l.react() },
	}
}

func (l *life) pick(t *rapid.T) sight {
	if len(l.sights) == 0 {
		t.Skip("no findings")
	}
	keys := make([]finding.Key, 0, len(l.sights))
	for k := range l.sights {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b finding.Key) int { return slices.Compare(a[:], b[:]) })
	return l.sights[rapid.SampledFrom(keys).Draw(t, "which")]
}

// sends makes a run, and looks at what came of it.
func (l *life) sends(t *rapid.T) {
	before := map[finding.Key]finding.Finding{}
	for k, o := range l.sights {
		before[k] = l.get(o)
	}
	l.run = l.send()
	for _, id := range l.texts(`SELECT id FROM delivery ORDER BY id`) {
		if !l.judged[id] {
			l.judged[id] = true
			l.judge(t, l.post.drafts[id], before)
		}
	}
	for _, o := range l.sights {
		l.notForgotten(t, o)
	}
	queued := len(l.judged)
	if again := l.send(); again.Messages != 0 && len(l.run.Held) == 0 || len(l.texts(`SELECT id FROM delivery`)) != queued && !l.capped() {
		t.Fatalf("a second run at the same moment sent %d messages", again.Messages)
	}
	for _, id := range l.texts(`SELECT id FROM delivery ORDER BY id`) { // of a run that was full
		if !l.judged[id] {
			l.judged[id] = true
			l.judge(t, l.post.drafts[id], before)
		}
	}
}

// capped tells whether the run before had more messages than a run may have.
func (l *life) capped() bool {
	return slices.ContainsFunc(l.run.Held, func(m Message) bool { return regexp.MustCompile("are full").MatchString(m.Held) })
}

var marks = regexp.MustCompile(`mark-(\d+)\.`)

// judge looks at one message as a sceptic.
func (l *life) judge(t *rapid.T, d delivery.Draft, before map[finding.Key]finding.Finding) {
	now := l.clock.Now()
	keys, err := l.Findings.ToldIn(ctx, d.ID, 100)
	l.must(err)
	if len(keys) == 0 {
		t.Fatalf("a message tells of nothing: %s", d.Text)
	}
	for _, k := range keys {
		was, owner := before[k], l.owners[l.sights[k].ip]
		woken := was.State == finding.Muted && !was.Until.After(now)
		if was.State == finding.Muted && !woken || was.State == finding.Fixed {
			t.Fatalf("told though %s: %+v", was.State, was)
		}
		if !l.mayHear(owner, d.To.Organisation) {
			t.Fatalf("%s is told of a network of %s", d.To.Address, owner)
		}
		if was.Last.Before(now.Add(-plain.Oldest)) {
			t.Fatalf("told of what was seen %s", was.Last)
		}
		class := l.sights[k].asset().Type
		if !l.approved(ApprovedOrganisation, owner) || !l.approved(ApprovedClass, class) {
			t.Fatalf("nobody approved %s or %s", owner, class)
		}
	}
	shown := map[int]bool{} // in the text and in files
	for _, m := range marks.FindAllStringSubmatch(said(d), -1) {
		n, _ := strconv.Atoi(m[1])
		shown[n] = true
	}
	for n := range shown {
		l.judgeEvent(t, d, n)
	}
}

func (l *life) judgeEvent(t *rapid.T, d delivery.Draft, n int) {
	e := l.events[n]
	in := l.intakes[e.Intake]
	to, err := l.Register.Organisation(ctx, system, d.To.Organisation)
	l.must(err)
	own := iep.Stricter(iep.Told(e.Fields[event.FieldIEP]), &iep.Policy{})
	label := tlp.Strictest(in.Label, fold.OwnOf(e.Label, "", "").Label, own.TLP)
	switch {
	case own.NoNotify && (to.ID == e.Organisation || to.Kind == constituency.Constituent):
		t.Fatalf("%s reads an event whose source forbids to tell those whom it affects", to.Name)
	case own.Attribution == iep.MustNotAttribute || own.Obfuscate: // the mark stands in a field of the source's own
		t.Fatalf("%s reads in the words of a source that %s", to.Name, own.Text())
	case label == tlp.Red || !slices.Contains(in.Receivers, string(to.Kind)):
		t.Fatalf("%s reads an event of %s (%q)", to.Name, in.Feed, e.Label)
	case d.Label < label:
		t.Fatalf("an event under %s in a message under %s", label, d.Label)
	case !l.approved(ApprovedFeed, in.Feed):
		t.Fatalf("nobody approved feed %s", in.Feed)
	case e.Time.Before(l.clock.Now().Add(-plain.Oldest)):
		t.Fatalf("an event of %s in a message", e.Time)
	case !l.mayHear(e.Organisation, to.ID):
		t.Fatalf("%s reads an event of %s", to.Name, e.Organisation)
	}
	seen := l.read[d.To.ID]
	if seen == nil {
		seen = map[int]bool{}
		l.read[d.To.ID] = seen
	}
	if seen[n] && !l.failed(n) && !l.regained(e) {
		t.Fatalf("%s reads event %d twice", d.To.Address, n)
	}
	seen[n] = true
}

// failed tells whether a message that told of the event's finding reached nobody; regained, whether its network was another's meanwhile.
func (l *life) failed(n int) bool {
	k := finding.KeyOf(l.events[n].Asset)
	return len(l.texts(`SELECT message FROM finding_told WHERE key = $1 AND failed > 0`, k[:])) > 0
}

func (l *life) regained(e Evidence) bool {
	k := finding.KeyOf(e.Asset)
	return len(l.texts(`SELECT name FROM finding_history WHERE key = $1 AND name = 'change owner'`, k[:])) > 0
}

func (l *life) mayHear(owner, to string) bool {
	return owner != "" && (owner == to || slices.ContainsFunc(l.grants, func(g release.Grant) bool {
		return g.About == owner && g.To == to && g.InForce(l.clock.Now())
	}))
}

func (l *life) approved(kind, value string) bool {
	return len(l.texts(`SELECT name FROM approval WHERE kind = $1 AND value = $2`, kind, value)) > 0
}

// notForgotten expects of a finding that stands, has an owner and was seen lately, that its owner was told within its interval, or that the
// run says why not.
func (l *life) notForgotten(t *rapid.T, o sight) {
	f, now := l.get(o), l.clock.Now()
	stands := slices.Contains([]finding.State{finding.Open, finding.Reopened, finding.Notified, finding.Acknowledged}, f.State)
	if !stands || f.Organisation == "" || f.Last.Before(now.Add(-plain.Oldest)) || !f.Last.After(f.Told) {
		return
	}
	again := l.rules.again(f.Type)
	if now.Before(f.Told.Add(again)) && !f.Told.IsZero() {
		if f.Due.After(f.Told.Add(again)) || f.Due.IsZero() {
			t.Fatalf("due too late: %+v", f)
		}
		return
	}
	says := func(m Message) bool {
		return m.OrganisationID == f.Organisation && slices.Contains(m.Classes, f.Type) && !m.Goes()
	}
	if !slices.ContainsFunc(append(l.plan(), l.run.Held...), says) {
		t.Fatalf("forgotten at %s: %+v\nheld: %+v", now, f, l.run.Held)
	}
}

// No sequence of sights, moves, approvals, grants, changes of the register and runs sends what must not go, or forgets what should.
func TestWhateverHappens(t *testing.T) {
	for _, engine := range []sqldb.Engine{sqldb.SQLite, sqldb.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				l := newLife(t, rt, sqldbtest.Open(t, engine))
				rt.Repeat(l.actions())
			})
		})
	}
}
