package notification

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/finding"
)

// factsOf are the facts of two sources, green (bit 0) and amber (bit 1), of which all is approved, and of organisations a, b and c with one
// contact each, who may be told everything.
func factsOf(t testing.TB, change ...func(*facts)) *facts {
	t.Helper()
	r, err := readRules(plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.partEvents = 50_000
	f := &facts{
		now: noon, rules: r, parties: map[string]*party{}, told: map[topic]time.Time{}, usual: map[pair][]int64{},
		sources: map[int]finding.Source{0: {Bit: 0, Feed: "green", Label: tlp.Green}, 1: {Bit: 1, Feed: "amber", Label: tlp.Amber}},
		approvals: map[approved]bool{
			{ApprovedFeed, "green"}: true, {ApprovedFeed, "amber"}: true, {ApprovedClass, "phishing"}: true, {ApprovedClass, "infected-system"}: true,
		},
	}
	for _, id := range []string{"a", "b", "c"} {
		f.approvals[approved{ApprovedOrganisation, id}] = true
		f.parties[id] = &party{id: id, name: "Organisation " + id, recipients: []*recipient{contactOf(id + "1")}}
	}
	for _, c := range change {
		c(f)
	}
	return f
}

func contactOf(id string) *recipient {
	return &recipient{
		contact: constituency.Contact{ID: id, Address: id + "@example", Channel: constituency.Mail}, chain: "own",
		verdicts: map[int]verdict{0: {allowed: true, label: tlp.Green}, 1: {allowed: true, label: tlp.Amber}},
	}
}

func dueOf(organisation, class string, sources uint64, findings int64) func(*facts) {
	return func(f *facts) {
		f.due = append(f.due, due{organisation, class, sources, findings, 2 * findings, false})
	}
}

// told says in a line what becomes of each message.
func lines(f *facts) (list []string) {
	for _, b := range f.plan() {
		what := "goes"
		switch {
		case b.Held != "":
			what, _, _ = strings.Cut(b.Held, ":")
		case !b.Goes():
			what = "waits for " + strings.Join(b.Waits, ", ")
		}
		list = append(list, fmt.Sprintf("%s>%s %d %s: %s", b.OrganisationID, b.Contact, b.Findings, strings.Join(b.Classes, "+"), what))
	}
	return list
}

func TestPlan(t *testing.T) {
	const phishing, infected = "phishing", "infected-system"
	refuse := func(bit int) func(*facts) {
		return func(f *facts) { f.parties["a"].recipients[0].verdicts[bit] = verdict{reason: "no"} }
	}
	amount := approved{ApprovedAmount, "a/2026-11-22"}
	tests := []struct {
		name   string
		change []func(*facts)
		want   []string
	}{
		{"nothing", nil, nil},
		{"classes of one organisation together", []func(*facts){dueOf("a", phishing, 1, 2), dueOf("a", infected, 3, 3)}, []string{"a>a1 5 infected-system+phishing: goes"}},
		{
			"a new class waits",
			[]func(*facts){dueOf("a", "ddos", 1, 2), dueOf("a", infected, 1, 3)},
			[]string{"a>a1 3 infected-system: goes", "a>a1 2 ddos: waits for class ddos"},
		},
		{
			"a new feed waits",
			[]func(*facts){func(f *facts) { delete(f.approvals, approved{ApprovedFeed, "amber"}) }, dueOf("a", phishing, 2, 2), dueOf("a", phishing, 1, 1)},
			[]string{"a>a1 1 phishing: goes", "a>a1 2 phishing: waits for feed amber"},
		},
		{
			"a new organisation waits",
			[]func(*facts){func(f *facts) { delete(f.approvals, approved{ApprovedOrganisation, "a"}) }, dueOf("a", phishing, 2, 2)},
			[]string{"a>a1 2 phishing: waits for organisation Organisation a"},
		},
		{"refused", []func(*facts){refuse(1), dueOf("a", phishing, 2, 2), dueOf("a", phishing, 3, 1)}, []string{"a>a1 1 phishing: goes", "a>a1 2 phishing: no"}},
		{
			"an unknown source",
			[]func(*facts){dueOf("a", phishing, 1<<9, 2)},
			[]string{"a>a1 2 phishing: nothing is known of the terms under which this came"},
		},
		{
			"nobody to tell",
			[]func(*facts){func(f *facts) { f.parties["a"].recipients, f.parties["a"].none = nil, "no contact" }, dueOf("a", phishing, 1, 2)},
			[]string{"a> 2 phishing: no contact"},
		},
		{
			"nobody to tell, without a reason",
			[]func(*facts){func(f *facts) { f.parties["a"].recipients = nil }, dueOf("a", phishing, 1, 2)},
			[]string{"a> 2 phishing: nobody can be told"},
		},
		{
			"told today",
			[]func(*facts){func(f *facts) { f.told[topic{"a", phishing}] = noon.Add(-hour) }, dueOf("a", phishing, 1, 2), dueOf("a", infected, 1, 3)},
			[]string{"a>a1 3 infected-system: goes", "a>a1 2 phishing: daily"},
		},
		{
			"two contacts",
			[]func(*facts){func(f *facts) { f.parties["a"].recipients = append(f.parties["a"].recipients, contactOf("a2")) }, dueOf("a", phishing, 1, 2)},
			[]string{"a>a1 2 phishing: goes", "a>a2 2 phishing: goes"},
		},
		{
			"urgent ones first",
			[]func(*facts){dueOf("a", phishing, 1, 2), dueOf("b", infected, 1, 3)},
			[]string{"b>b1 3 infected-system: goes", "a>a1 2 phishing: goes"},
		},
		{
			"full, and an organisation's messages stay together",
			[]func(*facts){
				func(f *facts) {
					f.rules.maxMessages = 2
					f.parties["b"].recipients = append(f.parties["b"].recipients, contactOf("b2"))
				},
				dueOf("a", phishing, 1, 2), dueOf("b", phishing, 1, 3), dueOf("c", phishing, 1, 4),
			},
			[]string{
				"a>a1 2 phishing: goes", "b>b1 3 phishing: this run's 2 messages are full", "b>b2 3 phishing: this run's 2 messages are full", "c>c1 4 phishing: goes",
			},
		},
		{
			"more messages of one organisation than a run may have",
			[]func(*facts){
				func(f *facts) {
					f.rules.maxMessages = 1
					f.parties["a"].recipients = append(f.parties["a"].recipients, contactOf("a2"))
				}, dueOf("a", phishing, 1, 2),
			},
			[]string{"a>a1 2 phishing: goes", "a>a2 2 phishing: goes"},
		},
		{
			"odd",
			[]func(*facts){func(f *facts) { f.usual[pair{"a", "a1"}] = []int64{3, 1, 2} }, dueOf("a", phishing, 1, 21)},
			[]string{"a>a1 21 phishing: 21 findings, where 2 are usual"},
		},
		{
			"odd for one contact of two", // the other must not be told alone
			[]func(*facts){func(f *facts) {
				f.usual[pair{"a", "a1"}] = []int64{3, 1, 2}
				f.parties["a"].recipients = append(f.parties["a"].recipients, contactOf("a2"))
			}, dueOf("a", phishing, 1, 21)},
			[]string{"a>a1 21 phishing: 21 findings, where 2 are usual", "a>a2 21 phishing: 21 findings, where 2 are usual"},
		},
		{"ten times is not odd", []func(*facts){func(f *facts) { f.usual[pair{"a", "a1"}] = []int64{2} }, dueOf("a", phishing, 1, 20)}, []string{"a>a1 20 phishing: goes"}},
		{"few are not odd", []func(*facts){func(f *facts) { f.usual[pair{"a", "a1"}] = []int64{1} }, dueOf("a", phishing, 1, 19)}, []string{"a>a1 19 phishing: goes"}},
		{
			"odd and approved",
			[]func(*facts){func(f *facts) { f.usual[pair{"a", "a1"}], f.approvals[amount] = []int64{1}, true }, dueOf("a", phishing, 1, 500)},
			[]string{"a>a1 500 phishing: goes"},
		},
		{"too many parts", []func(*facts){dueOf("a", phishing, 1, 600_000)}, []string{"a>a1 600000 phishing: about 24 parts, where 20 are allowed"}},
		{"quiet hours", []func(*facts){func(f *facts) { f.rules.quiet = span{11 * 60, 13 * 60} }, dueOf("a", phishing, 1, 2), dueOf("a", infected, 1, 1)}, []string{"a>a1 1 infected-system: goes", "a>a1 2 phishing: quiet hours until 2026-11-22 13"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := lines(factsOf(t, test.change...)); !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

func TestBundleSaysWhy(t *testing.T) {
	f := factsOf(t, dueOf("a", "phishing", 3, 2), func(f *facts) { delete(f.approvals, approved{ApprovedFeed, "amber"}) })
	b := f.plan()[0]
	if !b.Goes() || b.Label != "TLP:GREEN" || b.shown != 1 || !slices.Equal(b.Waits, []string{"feed amber"}) || !slices.Equal(b.Feeds, []string{"green", "amber"}) {
		t.Errorf("%+v", b.Message)
	}
	f = factsOf(t, dueOf("a", "phishing", 3, 30), func(f *facts) { f.usual[pair{"a", "a1"}] = []int64{1} })
	if b = f.plan()[0]; !b.Approved || b.Goes() || !slices.Equal(slices.Collect(maps.Values(b.waits)), []string{"Organisation a on 2026-11-22: 30 findings"}) {
		t.Errorf("%+v", b.Message)
	}
	f = factsOf(t, dueOf("a", "phishing", 1, 3), func(f *facts) { f.parties["a"].recipients, f.parties["a"].next = nil, "Bob's" })
	if b = f.plan()[0]; !strings.HasSuffix(b.Advice, `--to 'Bob'\''s' --reason ...`) {
		t.Error(b.Advice)
	}
}

func TestWithin(t *testing.T) {
	for _, test := range []struct {
		o    PlanOptions
		want int
	}{
		{PlanOptions{}, 3},
		{PlanOptions{Organisation: "ORGANISATION A"}, 2},
		{PlanOptions{Organisation: "b"}, 1},
		{PlanOptions{Feed: "Amber"}, 1},
		{PlanOptions{Class: "Phishing"}, 2},
		{PlanOptions{Class: "phishing", Organisation: "c"}, 0},
		{PlanOptions{Feed: "none"}, 0},
	} {
		f := factsOf(t, dueOf("a", "phishing", 1, 1), dueOf("a", "ddos", 2, 1), dueOf("b", "phishing", 1, 1))
		f.within(test.o)
		if len(f.due) != test.want {
			t.Errorf("%+v: %d", test.o, len(f.due))
		}
	}
}

// The last ten amounts are kept, the newest first, whatever stood there.
func TestAmounts(t *testing.T) {
	text := ""
	for n := range int64(12) {
		text = formatAmounts(n, parseAmounts(text))
	}
	if text != "11,10,9,8,7,6,5,4,3,2" {
		t.Error(text)
	}
	if got := parseAmounts("7,x,,3"); !slices.Equal(got, []int64{7, 3}) {
		t.Error(got)
	}
}
