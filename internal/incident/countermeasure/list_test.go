package countermeasure

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
)

func (h *house) refs(t testing.TB, actor identity.Actor, f Filter) (refs []string) {
	t.Helper()
	for {
		p, err := h.Countermeasures(t.Context(), actor, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Items {
			refs = append(refs, c.Ref)
		}
		if f.After = p.Next; p.Next == "" {
			return refs
		}
	}
}

func TestListing(t *testing.T) {
	each(t, nil, func(t *testing.T, h *house) {
		draft := h.draft(t, nil)
		h.clock.Advance(time.Second)
		asked := h.asked(t, nil)
		h.clock.Advance(time.Second)
		chased := h.must(t, h.asked(t, nil).ID, Moving{Move: MoveChase})
		h.clock.Advance(time.Hour)
		late := h.must(t, h.draft(t, nil).ID, Moving{Move: MoveAsk, Party: &Party{Party: incident.Party{Name: "Registrar <b>", Email: "abuse@registrar.example"}, Role: Registrar}})
		h.exec(t, `UPDATE countermeasure SET due = 1 WHERE id = $1`, late.ID)
		tests := []struct {
			name string
			f    Filter
			want []string
		}{
			{"all, the newest first", Filter{}, []string{late.Ref, chased.Ref, asked.Ref, draft.Ref}},
			{"by state", Filter{State: Asked}, []string{late.Ref, asked.Ref}},
			{"waiting", Filter{Waiting: true}, []string{late.Ref, chased.Ref, asked.Ref}},
			{"by role", Filter{Role: Hoster}, []string{chased.Ref, asked.Ref}},
			{"by name", Filter{Party: " hostER "}, []string{chased.Ref, asked.Ref}},
			{"by address", Filter{Party: "registrar.example"}, []string{late.Ref}},
			{"overdue", Filter{Overdue: true}, []string{late.Ref}},
			{"by due", Filter{Sort: "due"}, []string{late.Ref, asked.Ref, chased.Ref, draft.Ref}},
			{"one a page", Filter{Request: page.Request{Limit: 1}}, []string{late.Ref, chased.Ref, asked.Ref, draft.Ref}},
			{"one a page, by due", Filter{Sort: "due", Request: page.Request{Limit: 1}}, []string{late.Ref, asked.Ref, chased.Ref, draft.Ref}},
			{"one a page, by name", Filter{Party: "hoster", Request: page.Request{Limit: 1}}, []string{chased.Ref, asked.Ref}},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if got := h.refs(t, ada, tt.f); !slices.Equal(got, tt.want) {
					t.Errorf("got %v, want %v", got, tt.want)
				}
				n, err := h.Count(t.Context(), ada, tt.f, 100)
				if err != nil || tt.f.Party == "" && n != len(tt.want) {
					t.Errorf("%d, %v", n, err)
				}
			})
		}
		for _, f := range []Filter{{State: "x"}, {Sort: "x"}, {Role: "x"}, {Request: page.Request{After: "x"}}} {
			if _, err := h.Countermeasures(t.Context(), ada, f); !problem.Is(err, problem.Invalid) {
				t.Errorf("%+v: %v", f, err)
			}
		}
	})
}

// Who does not see the incident does not see what hangs on it, wherever they look.
func TestWhatIsRestrictedIsNotThere(t *testing.T) {
	each(t, nil, func(t *testing.T, h *house) {
		h.about = h.incident(t, true)
		c := h.asked(t, nil)
		if got := h.refs(t, ada, Filter{}); len(got) != 1 {
			t.Errorf("its member sees %v", got)
		}
		if got := h.refs(t, eve, Filter{}); len(got) != 0 {
			t.Errorf("eve sees %v", got)
		}
		if n, err := h.Count(t.Context(), eve, Filter{}, 10); n != 0 || err != nil {
			t.Errorf("eve counts %d, %v", n, err)
		}
		for _, name := range []string{c.ID, c.Ref, "C-NOTONE"} {
			_, read := h.Countermeasure(t.Context(), eve, name)
			_, edit := h.Edit(t.Context(), eve, name, 0, Plan{})
			_, move := h.Move(t.Context(), eve, name, Moving{Move: MoveChase})
			_, check := h.Check(t.Context(), eve, name)
			_, note := h.Note(t.Context(), eve, name, Clean, "x")
			_, suggest := h.Suggest(t.Context(), eve, name, true)
			for _, err := range []error{read, edit, move, check, note, suggest} {
				if !problem.Is(err, problem.NotFound) || err.Error() != missing(name).Error() {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if _, err := h.OfIncident(t.Context(), eve, h.about); !problem.Is(err, problem.NotFound) {
			t.Errorf("got %v", err)
		}
		if _, err := h.Open(t.Context(), eve, h.about, Plan{Asset: &Asset{Kind: Other, Value: "x"}}); !problem.Is(err, problem.NotFound) {
			t.Errorf("got %v", err)
		}
		var subject string
		h.text(t, &subject, `SELECT subject FROM delivery ORDER BY id DESC LIMIT 1`)
		if strings.Contains(subject, "shop") {
			t.Errorf("the subject tells %q", subject)
		}
	})
}

// Nothing of what is sealed lies about in clear text.
func TestWhatIsSealedIsNowhereElse(t *testing.T) {
	sqlite(t, nil, func(t *testing.T, h *house) {
		c := h.asked(t, func(p *Plan) { p.Words = ptr("between us") })
		h.must(t, c.ID, Moving{Move: MoveWithdraw, Reason: "a secret reason"})
		for _, table := range []string{"countermeasure", "countermeasure_turn", "countermeasure_message", "countermeasure_move"} {
			for _, secret := range []string{"shop.example", "Hoster", "between us", "a secret reason", "cyber desk"} {
				if n := h.count(t, `SELECT count(*) FROM `+table+` WHERE instr(body, CAST($1 AS BLOB)) > 0`, secret); n != 0 {
					t.Errorf("%s holds %q", table, secret)
				}
			}
		}
	})
}

func TestHostileText(t *testing.T) {
	evil := "<script>alert(1)</script>\u202e\x00\xff" + strings.Repeat("A", 500)
	sqlite(t, nil, func(t *testing.T, h *house) {
		c := h.draft(t, func(p *Plan) {
			p.Asset = &Asset{Kind: Other, Value: evil, Marker: evil}
			p.Words = ptr(evil)
			p.Checklist.Requester = evil
			p.Ladder = &[]Party{{Party: incident.Party{Name: evil[:100], Email: "a@b.example"}}}
		})
		c = h.must(t, c.ID, Moving{Move: MoveAsk, Party: &Party{Party: incident.Party{Name: evil[:100], Email: "abuse@hoster.example"}}})
		c = h.must(t, c.ID, Moving{Move: MoveRefuse, Reason: evil})
		if strings.ContainsAny(c.Asset.Value+c.Party.Name+c.History[1].Reason+c.Messages[0].Subject, "\x00\u202e") {
			t.Errorf("%+v", c)
		}
	})
}

func TestAssets(t *testing.T) {
	tests := []struct {
		name string
		in   Asset
		want string // "": refused
	}{
		{"a URL", Asset{Kind: URL, Value: " hxxps://Shop[.]example/a "}, "https://Shop.example/a"},
		{"no URL", Asset{Kind: URL, Value: "shop.example"}, ""},
		{"a script", Asset{Kind: URL, Value: "javascript:alert(1)"}, ""},
		{"a file", Asset{Kind: URL, Value: "file:///etc/passwd"}, ""},
		{"a domain", Asset{Kind: Domain, Value: "Shop[.]Example"}, "shop.example"},
		{"no domain", Asset{Kind: Domain, Value: "http://shop.example/"}, ""},
		{"an address", Asset{Kind: Address, Value: "::ffff:198.51.100.7"}, "198.51.100.7"},
		{"no address", Asset{Kind: Address, Value: "198.51.100"}, ""},
		{"a mailbox", Asset{Kind: Mailbox, Value: "x@shop.example"}, "x@shop.example"},
		{"no mailbox", Asset{Kind: Mailbox, Value: "x"}, ""},
		{"nothing", Asset{Kind: Other, Value: "\x00 "}, ""},
		{"too long", Asset{Kind: Other, Value: strings.Repeat("x", maxValue+1)}, ""},
		{"no kind", Asset{Kind: "x", Value: "x"}, ""},
		{"seen at no address", Asset{Kind: Other, Value: "x", Seen: "x"}, ""},
		{"no hash", Asset{Kind: Other, Value: "x", Hash: "zz"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.in.check()
			if tt.want == "" != (err != nil) || err == nil && got.Value != tt.want || err != nil && !problem.Is(err, problem.Invalid) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// world answers what suggestions ask.
func world(asked *[]string) func(*Options) {
	return func(o *Options) {
		o.Providers = []Provider{{Name: "bighost"}}
		o.Who = func(_ context.Context, _ identity.Actor, q constituency.Question) (a constituency.Answer, err error) {
			*asked = append(*asked, "who "+q.Text)
			mail := constituency.Told{Organisation: "Shop", Channel: constituency.Mail, Address: "owner@shop.example"}
			if q.Text == "198.51.100.7" {
				mail = constituency.Told{Organisation: "Net", Channel: constituency.Mail, Address: "abuse@net.example"}
				if !q.RDAP {
					return a, nil
				}
				*asked = append(*asked, "rdap "+q.Text)
				a.Chain = []constituency.Step{{Step: constituency.StepRDAP, Result: constituency.ResultTold}}
			}
			a.Contacts = []constituency.Told{mail, {Channel: constituency.Phone, Address: "+1"}}
			return a, nil
		}
		o.Registered = func(_ context.Context, domain string) (rdap.Answer, error) {
			*asked = append(*asked, "rdap "+domain)
			return rdap.Answer{Contacts: []rdap.Contact{{Name: "Registrar", Mail: "abuse@registrar.example"}}}, nil
		}
		o.Resolve = func(_ context.Context, domain string) ([]netip.Addr, error) {
			*asked = append(*asked, "dns "+domain)
			return []netip.Addr{netip.MustParseAddr("198.51.100.7")}, nil
		}
	}
}

func TestSuggestions(t *testing.T) {
	tests := []struct {
		name   string
		origin Origin
		pap    tlp.PAP
		ask    bool
		want   string // roles in their order
		asked  string
		notes  string
	}{
		{"from the register alone", Compromised, tlp.PAPClear, false, "owner other", "who www.shop.example", ""},
		{"compromised", Compromised, tlp.PAPClear, true, "owner hoster registrar other", "who www.shop.example, rdap shop.example, dns www.shop.example, who 198.51.100.7, rdap 198.51.100.7", ""},
		{"maliciously registered", Malicious, tlp.PAPClear, true, "registrar hoster other", "who www.shop.example, rdap shop.example, dns www.shop.example, who 198.51.100.7, rdap 198.51.100.7", "owner"},
		{"amber asks no DNS of the target", Malicious, tlp.PAPAmber, true, "registrar other", "who www.shop.example, rdap shop.example", "owner pap-active"},
		{"red asks nobody", Malicious, tlp.PAPRed, true, "other", "who www.shop.example", "owner pap-passive pap-active"},
		{"before it is known", "", tlp.PAPClear, false, "owner other", "who www.shop.example", "origin"},
	}
	var asked []string
	sqlite(t, world(&asked), func(t *testing.T, h *house) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				h.pap(t, h.about, tt.pap)
				c := h.draft(t, func(p *Plan) {
					p.Asset = &Asset{Kind: URL, Value: "http://www.shop.example/login"}
					p.Checklist.Origin = tt.origin
				})
				asked = nil
				got, err := h.Suggest(t.Context(), ada, c.ID, tt.ask)
				var roles []string
				for _, s := range got.Parties {
					roles = append(roles, string(s.Party.Role))
					if s.Reason == "" {
						t.Errorf("%+v has no reason", s)
					}
				}
				if err != nil || strings.Join(roles, " ") != tt.want || strings.Join(asked, ", ") != tt.asked || strings.Join(got.Notes, " ") != tt.notes {
					t.Errorf("%v, asked %v, notes %v, %v", roles, asked, got.Notes, err)
				}
			})
		}
	})
}

func TestSuggestionsWithoutRegistries(t *testing.T) {
	sqlite(t, func(o *Options) {
		o.Resolve = func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("down") }
	}, func(t *testing.T, h *house) {
		for _, a := range []Asset{{Kind: Domain, Value: "shop.example"}, {Kind: Address, Value: "198.51.100.7"}, {Kind: Mailbox, Value: "x@shop.example"}, {Kind: Other, Value: "x"}} {
			c := h.draft(t, func(p *Plan) { p.Asset = &a })
			got, err := h.Suggest(t.Context(), ada, c.ID, true)
			if err != nil || len(got.Parties) != 0 {
				t.Errorf("%+v, %v", got, err)
			}
			if a.Kind == Domain && strings.Join(got.Notes, " ") != "rdap-off failed" {
				t.Errorf("%v", got.Notes)
			}
		}
		if _, err := h.Suggest(t.Context(), aud, "x", true); !problem.Is(err, problem.Forbidden) {
			t.Errorf("got %v", err)
		}
	})
}
