package fold_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/event/fold"
)

type obs struct {
	ip, dst            string
	port               int64
	typ, malware, url  string
	ident, proto, role string
	at                 int64
}

func batch(rows []obs) (*event.Batch, []int32) {
	b := event.NewBatch([32]byte{})
	var all []int32
	for i, o := range rows {
		b.Begin([]byte{byte(i)})
		for name, v := range map[string]string{
			"classification.type": o.typ, "malware.name": o.malware, "source.url": o.url,
			"classification.identifier": o.ident, "protocol.transport": o.proto, "attribution.role": o.role,
		} {
			if v != "" {
				b.Column(name).TextString(v)
			}
		}
		if o.ip != "" {
			b.Column("source.ip").Addr(netip.MustParseAddr(o.ip))
		}
		if o.dst != "" {
			b.Column("destination.ip").Addr(netip.MustParseAddr(o.dst))
		}
		b.Column("source.port").Int(o.port)
		b.Column("time.source").Time(o.at)
		b.End()
		all = append(all, int32(i))
	}
	return b, all
}

func TestWhatMakesAFinding(t *testing.T) {
	scan := obs{ip: "192.0.2.1", port: 23, typ: "vulnerable-system", ident: "open-telnet", proto: "tcp", role: "source"}
	bot := obs{ip: "192.0.2.1", port: 4711, typ: "infected-system", malware: "mirai", role: "source"}
	page := obs{ip: "192.0.2.1", port: 443, typ: "phishing", url: "https://a.example/x", role: "source"}
	hit := obs{ip: "192.0.2.1", dst: "203.0.113.5", typ: "ddos", role: "destination"}
	change := func(o obs, f func(*obs)) obs { f(&o); return o }
	for name, c := range map[string]struct {
		a, b obs
		same bool
	}{
		"a service again":                  {scan, change(scan, func(o *obs) { o.at = 5 }), true},
		"another port":                     {scan, change(scan, func(o *obs) { o.port = 2323 }), false},
		"another identifier":               {scan, change(scan, func(o *obs) { o.ident = "open-ssh" }), false},
		"another protocol":                 {scan, change(scan, func(o *obs) { o.proto = "udp" }), false},
		"an infection from another port":   {bot, change(bot, func(o *obs) { o.port = 9 }), true},
		"another malware":                  {bot, change(bot, func(o *obs) { o.malware = "qakbot" }), false},
		"another address":                  {bot, change(bot, func(o *obs) { o.ip = "192.0.2.2" }), false},
		"a page by another port":           {page, change(page, func(o *obs) { o.port = 80 }), true},
		"another page":                     {page, change(page, func(o *obs) { o.url = "https://a.example/y" }), false},
		"another source, same destination": {hit, change(hit, func(o *obs) { o.ip = "192.0.2.9" }), true},
		"another destination":              {hit, change(hit, func(o *obs) { o.dst = "203.0.113.6" }), false},
	} {
		t.Run(name, func(t *testing.T) {
			b, rows := batch([]obs{c.a, c.b})
			_, facts := new(fold.Folder).Fold(b, rows, nil)
			if same := len(facts) == 1; same != c.same {
				t.Fatalf("one finding: %v, want %v", same, c.same)
			}
		})
	}
}

func TestNobodyCanAct(t *testing.T) {
	b, rows := batch([]obs{{ip: "192.0.2.1", typ: "other", role: "none"}})
	if _, facts := new(fold.Folder).Fold(b, rows, nil); len(facts) != 0 {
		t.Fatal("a fact about something on which nobody can act")
	}
}

// Folding all at once or in two pieces gives the same first, last and count for each finding.
func TestFoldsCommute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.Custom(func(t *rapid.T) obs {
			return obs{
				ip: fmt.Sprintf("192.0.2.%d", rapid.IntRange(1, 4).Draw(t, "ip")), port: int64(rapid.IntRange(1, 2).Draw(t, "port")),
				typ: "vulnerable-system", role: "source", at: int64(rapid.IntRange(0, 100).Draw(t, "at")),
			}
		})
		rows := rapid.SliceOfN(draw, 1, 40).Draw(t, "rows")
		cut := rapid.IntRange(0, len(rows)).Draw(t, "cut")
		whole := map[string][3]int64{}
		sum(whole, rows)
		pieces := map[string][3]int64{}
		sum(pieces, rows[:cut])
		sum(pieces, rows[cut:])
		if fmt.Sprint(whole) != fmt.Sprint(pieces) {
			t.Fatalf("at once %v, in pieces %v", whole, pieces)
		}
	})
}

func sum(into map[string][3]int64, rows []obs) {
	b, all := batch(rows)
	facts, which := new(fold.Folder).Fold(b, all, nil)
	for _, r := range which {
		i := int(r)
		k := fmt.Sprint(b.Find("source.ip").AddrAt(i), b.Find("source.port").Int64(i))
		first, last, count := facts.Find(fold.First).Int64(i), facts.Find(fold.Last).Int64(i), facts.Find(fold.Count).Int64(i)
		if old, ok := into[k]; ok {
			first, last, count = min(first, old[0]), max(last, old[1]), count+old[2]
		}
		into[k] = [3]int64{first, last, count}
	}
}

// Repeats show that something stands and count nothing; a source's clock does not run ahead of us; labels are kept apart.
func TestPresenceAndLabels(t *testing.T) {
	same := obs{ip: "192.0.2.1", port: 23, typ: "vulnerable-system", role: "source"}
	at := func(ms int64) obs { o := same; o.at = ms; return o }
	b, rows := batch([]obs{at(10), at(30), at(99), at(event.Null)})
	b.ConstTime(event.FieldArrival, 50)
	b.Column(event.FieldArrival)
	facts, which := new(fold.Folder).Fold(b, rows[:1], rows[1:])
	if len(which) != 1 {
		t.Fatalf("%d facts", len(which))
	}
	i := int(which[0])
	first, last, count := facts.Find(fold.First).Int64(i), facts.Find(fold.Last).Int64(i), facts.Find(fold.Count).Int64(i)
	if first != 10 || last != 50 || count != 1 {
		t.Errorf("got %d to %d, %d times", first, last, count)
	}
	b, rows = batch([]obs{at(1), at(2), at(3), at(4)})
	b.Number("tlp", []uint32{0, 1, 2, 2}, []string{"TLP:AMBER", "what?"})
	facts, which = new(fold.Folder).Fold(b, rows, nil)
	var labels []int64
	for _, r := range which {
		labels = append(labels, facts.Find(fold.Label).Int64(int(r)))
	}
	if want := []int64{int64(tlp.Clear), int64(tlp.Amber), int64(tlp.Red)}; !slices.Equal(labels, want) {
		t.Errorf("labels %v, want %v", labels, want)
	}
	if facts.Find(fold.PAP) != nil {
		t.Error("there is a PAP, and nobody said any")
	}
	b, rows = batch([]obs{at(1), at(2), at(3), at(4)})
	b.Number("extra.pap", []uint32{0, 1, 2, 1}, []string{"amber", "what?"})
	facts, which = new(fold.Folder).Fold(b, rows, nil)
	var paps []int64
	for _, r := range which {
		paps = append(paps, facts.Find(fold.PAP).Int64(int(r)))
	}
	if want := []int64{int64(tlp.PAPClear), int64(tlp.PAPAmber), int64(tlp.PAPRed)}; !slices.Equal(paps, want) {
		t.Errorf("PAP labels %v, want %v", paps, want)
	}
}

// What facts say of their events' own labels and policy is what the events' fields say, for each form of a policy, and a policy alone makes facts apart.
func TestAFactSaysWhatItsEventsSay(t *testing.T) {
	words := map[string][]string{
		"tlp":          {"", "TLP:GREEN", "amber", "what?"},
		event.FieldPAP: {"", "green", "PAP:RED", "what?"},
		event.FieldIEP: {
			"", "attribution=must", "affected_party_notifications=must-not, tlp=amber", `{"permitted_actions":"none","policy_name":"A"}`, "encrypt_in_transit=must",
			"encrypt_in_transit=must, obfuscate_affected_parties=must, unmodified_resale=must-not", "be kind",
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		same := obs{ip: "192.0.2.1", port: 23, typ: "vulnerable-system", role: "source"}
		b, rows := batch(slices.Repeat([]obs{same}, 5))
		said := map[string][]string{}
		for field, list := range words {
			var numbers []uint32
			for range rows {
				n := rapid.IntRange(0, len(list)-1).Draw(t, field)
				numbers = append(numbers, uint32(n)) //nolint:gosec // few
				said[field] = append(said[field], list[n])
			}
			b.Number(field, numbers, list[1:])
		}
		want := map[fold.Own]int64{}
		for i := range rows {
			want[fold.OwnOf(said["tlp"][i], said[event.FieldPAP][i], said[event.FieldIEP][i])]++
		}
		facts, which := new(fold.Folder).Fold(b, rows, nil)
		got := map[fold.Own]int64{}
		for _, r := range which {
			i := int(r)
			own := fold.Own{
				Label: tlp.Label(facts.Find(fold.Label).Int64(i)), PAP: tlp.PAP(facts.Find(fold.PAP).Int64(i)), IEP: iep.CodeOf(facts.Find(fold.IEP).Int64(i)), //nolint:gosec // labels
			}
			got[own] += facts.Find(fold.Count).Int64(i)
		}
		if !maps.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
	if own := fold.OwnOf("", "", "tlp=red, permitted_actions=none"); own.Label != tlp.Red || own.PAP != tlp.PAPRed {
		t.Errorf("the label and the actions of a policy are not the event's: %+v", own)
	}
}

// A column of more texts than there are policies says nothing that anybody could read.
func TestTooManyPolicies(t *testing.T) {
	const many = 3000
	b, rows := batch(slices.Repeat([]obs{{ip: "192.0.2.1", port: 23, typ: "vulnerable-system", role: "source"}}, many))
	var numbers []uint32
	var texts []string
	for i := range many {
		numbers, texts = append(numbers, uint32(i+1)), append(texts, fmt.Sprintf("policy_name=%d", i)) //nolint:gosec // few
	}
	b.Number(event.FieldIEP, numbers, texts)
	facts, which := new(fold.Folder).Fold(b, rows, nil)
	if len(which) != 1 || facts.Find(fold.IEP).Int64(int(which[0])) != int64(iep.Strictest().Code()) || facts.Find(fold.Label).Int64(int(which[0])) != int64(tlp.Red) {
		t.Errorf("%d facts", len(which))
	}
}
