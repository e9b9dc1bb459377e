package countermeasure

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
)

// mails lets the world's DNS know of mail, and of one alias.
func mails(asked *[]string) func(*Options) {
	return func(o *Options) {
		world(asked)(o)
		o.Mail = func(_ context.Context, domain string) ([]string, error) {
			*asked = append(*asked, "mx "+domain)
			switch domain {
			case "none.example":
				return []string{"."}, nil
			case "bare.example":
				return nil, &net.DNSError{IsNotFound: true}
			}
			return []string{"MX.mail.example."}, nil
		}
		o.Alias = func(_ context.Context, name string) (string, error) {
			if name == "cdn.shop.example" {
				return "x.b-cdn.net.", nil
			}
			return name + ".", nil
		}
		who := o.Who
		o.Who = func(ctx context.Context, actor identity.Actor, q constituency.Question) (constituency.Answer, error) {
			if q.Text == "203.0.113.13" {
				return constituency.Answer{ASN: 13335}, nil
			}
			return who(ctx, actor, q)
		}
	}
}

// Who can act depends on what it is: who holds a mailbox, not who registered its provider's domain; and what stands before a site.
func TestSuggestionsByTheKindOfAsset(t *testing.T) {
	const held = "mx %, who mx.mail.example, dns mx.mail.example, who 198.51.100.7, rdap 198.51.100.7"
	tests := []struct {
		name   string
		asset  Asset
		origin Origin
		pap    tlp.PAP
		want   string // roles in their order
		asked  string
		notes  string
	}{
		{"a mailbox", Asset{Kind: Mailbox, Value: "x@shop.example"}, Compromised, tlp.PAPClear, "mailhost mailhost other", "who shop.example, " + strings.ReplaceAll(held, "%", "shop.example"), ""},
		{
			"a mailbox in a domain of its own",
			Asset{Kind: Mailbox, Value: "x@shop.example"},
			Malicious, tlp.PAPClear, "mailhost mailhost registrar other",
			"who shop.example, " + strings.ReplaceAll(held, "%", "shop.example") + ", rdap shop.example", "",
		},
		{"a mailbox at a provider for all", Asset{Kind: Mailbox, Value: "x@gmail.com"}, Malicious, tlp.PAPClear, "mailhost mailhost other", "who gmail.com, " + strings.ReplaceAll(held, "%", "gmail.com"), "for-all"},
		{
			"a mailbox of a domain without mail hosts",
			Asset{Kind: Mailbox, Value: "x@bare.example"},
			Compromised, tlp.PAPClear, "mailhost mailhost other",
			"who bare.example, mx bare.example, dns bare.example, who 198.51.100.7, rdap 198.51.100.7", "",
		},
		{"a mailbox of a domain that takes no mail", Asset{Kind: Mailbox, Value: "x@none.example"}, Compromised, tlp.PAPClear, "mailhost other", "who none.example, mx none.example", ""},
		{"amber asks no DNS about a mailbox", Asset{Kind: Mailbox, Value: "x@shop.example"}, Compromised, tlp.PAPAmber, "mailhost other", "who shop.example", "pap-active"},
		{
			"behind a content network, by its alias",
			Asset{Kind: URL, Value: "https://cdn.shop.example/"},
			Malicious, tlp.PAPClear, "registrar cdn cdn other",
			"who cdn.shop.example, rdap shop.example, dns cdn.shop.example, who 198.51.100.7, rdap 198.51.100.7", "owner cdn",
		},
		{"behind a content network, by its address", Asset{Kind: Address, Value: "203.0.113.13"}, Malicious, tlp.PAPClear, "cdn other", "", "cdn"},
	}
	var asked []string
	sqlite(t, mails(&asked), func(t *testing.T, h *house) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				h.pap(t, h.about, tt.pap)
				c := h.draft(t, func(p *Plan) { p.Asset, p.Checklist.Origin = &tt.asset, tt.origin })
				asked = nil
				got, err := h.Suggest(t.Context(), ada, c.ID, true)
				var roles []string
				for _, s := range got.Parties {
					roles = append(roles, string(s.Party.Role))
				}
				if err != nil || strings.Join(roles, " ") != tt.want || strings.Join(asked, ", ") != tt.asked || strings.Join(got.Notes, " ") != tt.notes {
					t.Errorf("%v, asked %v, notes %v, %v", roles, asked, got.Notes, err)
				}
			})
		}
	})
}

// The table of hosts is whole: it has a date, and each row can be recognised by something.
func TestHosts(t *testing.T) {
	var h hosts
	if err := toml.Unmarshal(hostsFile, &h); err != nil {
		t.Fatal(err)
	}
	if h.AsOf.AsTime(time.UTC).Before(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) || len(h.CDN) == 0 || !slices.IsSorted(h.Mailboxes.Domains) {
		t.Errorf("as of %s, %d networks", h.AsOf, len(h.CDN))
	}
	for _, n := range h.CDN {
		if n.Name == "" || len(n.ASNs)+len(n.Names) == 0 {
			t.Errorf("%+v", n)
		}
	}
	for alias, want := range map[string]string{"d1.cloudfront.net.": "Amazon CloudFront", "E1.AkamaiEdge.net": "Akamai", "notcloudfront.net": "", "": ""} {
		if got := before(0, alias); got != want {
			t.Errorf("%s: %q", alias, got)
		}
	}
}
