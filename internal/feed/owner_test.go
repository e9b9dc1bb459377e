package feed

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/enrich"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// assetOf is what a finding remembers of a row.
func assetOf(s sight, t constituency.Target) Asset {
	a := Asset{Type: s.kind, Addr: s.ip, FQDN: s.fqdn, URL: s.url, Network: t.Network, Rule: string(t.Rule)}
	if s.role == "destination" {
		a.Addr, a.FQDN, a.URL = s.dip, "", ""
	}
	return a
}

// As long as the register is the same, whose a remembered asset is now is whose its event was, whatever the enrichment says.
func TestOwnersAgreeWithAttribution(t *testing.T) {
	matcher := registerOf(t)
	owners := NewOwners(matcher, elsewhere(t))
	rapid.Check(t, func(t *rapid.T) {
		a := &attributor{matcher: matcher}
		rows := rapid.SliceOfN(rapid.Custom(drawSight), 1, 40).Draw(t, "rows")
		for i, slot := range a.apply(batchOf(rows)) {
			if rows[i].role == "none" {
				continue
			}
			want := matcher.Target(slot)
			if got := owners.Of(assetOf(rows[i], want)); got != want {
				t.Fatalf("row %d %+v: %+v, want %+v", i, rows[i], got, want)
			}
		}
	})
}

// elsewhere says of every address that it is in a registered system and country.
func elsewhere(t *testing.T) *enrich.Table {
	t.Helper()
	name := filepath.Join(t.TempDir(), "elsewhere.csv")
	if err := os.WriteFile(name, []byte("prefix,asn,name,country\n0.0.0.0/0,64501,Other,FI\n::/0,64501,Other,FI\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := enrich.Open(context.Background(), enrich.Config{Files: []string{name}}, disk.OS{})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// before is the register before it changes.
const before = "organisation,network\nOld,11.0.0.0/8\nCloud,AS64501\nNation,country:FI\nElse,AS64500\nCity,city.example\n"

// change imports a register and takes away the networks that it does not name; ids are those of networks by their values.
func change(t *testing.T, r *constituency.Register, csv string) (ids map[string]string) {
	t.Helper()
	ctx, actor := context.Background(), identity.System("test")
	_, err := r.Import(ctx, actor, strings.NewReader(csv), constituency.ImportOptions{Name: "r.csv"})
	names, failed := r.Names(ctx, actor)
	err = errors.Join(err, failed)
	ids = map[string]string{}
	for id := range names {
		list, failed := r.Networks(ctx, actor, id)
		err = errors.Join(err, failed)
		for _, n := range list {
			ids[strings.TrimPrefix(n.Value, "country:")] = n.ID
			if !strings.Contains(csv, n.Value) {
				err = errors.Join(err, r.RemoveNetwork(ctx, actor, n.ID, n.Version))
			}
		}
	}
	if err = errors.Join(err, r.Load(ctx)); err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestOwnersAfterTheRegisterChanged(t *testing.T) {
	addr := netip.MustParseAddr("11.1.2.3")
	const prefix, system, country = "11.0.0.0/8", "AS64500", "FI"
	tests := []struct {
		name, register string
		asset          Asset
		want           string
	}{
		{"a surer prefix", "Old,11.0.0.0/8\nNew,11.1.0.0/16\n", Asset{Addr: addr, Network: prefix, Rule: "prefix"}, "New"},
		{"a prefix for what had a system", "Else,AS64500\nNew,11.1.0.0/16\n", Asset{Addr: addr, Network: system, Rule: "asn"}, "New"},
		{"the prefix went, its system is there", "Cloud,AS64501\n", Asset{Addr: addr, Network: prefix, Rule: "prefix"}, "Cloud"},
		{"the prefix went, its country is there", "Nation,country:FI\n", Asset{Addr: addr, Network: prefix, Rule: "prefix"}, "Nation"},
		{"the system went, the country is there", "Nation,country:FI\n", Asset{Addr: addr, Network: system, Rule: "asn"}, "Nation"},
		{"the system stayed", "Else,AS64500\nCloud,AS64501\n", Asset{Addr: addr, Network: system, Rule: "asn"}, "Else"},
		{"the country stayed", "Nation,country:FI\nCloud,AS64501\n", Asset{Addr: addr, Network: country, Rule: "country"}, "Nation"},
		{"nothing is left", "City,city.example\n", Asset{Addr: addr, Network: prefix, Rule: "prefix"}, ""},
		{"it was nobody's", "Cloud,AS64501\nNation,country:FI\n", Asset{Addr: addr}, ""},
		{"a page by its name", "City,city.example\nOld,11.0.0.0/8\n", Asset{Type: "phishing", Addr: addr, FQDN: "www.city.example", Network: prefix, Rule: "prefix"}, "City"},
		{"a machine by its address", "City,city.example\nOld,11.0.0.0/8\n", Asset{Addr: addr, FQDN: "www.city.example"}, "Old"},
		{"a private address is in no system", "Cloud,AS64501\n", Asset{Addr: netip.MustParseAddr("10.1.1.1"), Network: prefix, Rule: "prefix"}, ""},
		{"a network without an address", "Old,11.0.0.0/8\nNew,11.0.0.0/16\n", Asset{Network: prefix, Rule: "prefix"}, "Old"},
		{"a network that went", "City,city.example\n", Asset{Network: prefix, Rule: "prefix"}, ""},
	}
	table := elsewhere(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			register := constituency.New(sqldbtest.Open(t, sqldb.SQLite), constituency.Options{Clock: clock.At(today), Log: logging.Discard()})
			ids := change(t, register, before)
			old := register.Matcher()
			change(t, register, "organisation,network\n"+tt.register)
			m, asset := register.Matcher(), tt.asset
			asset.Network = ids[asset.Network]
			o := NewOwners(m, table)
			if got := o.Of(asset); got.OrganisationName != tt.want {
				t.Errorf("%q, want %q", got.OrganisationName, tt.want)
			}
			if !o.Shows(m) || o.Shows(old) {
				t.Error("it shows another picture")
			}
		})
	}
}

// A row that speaks of a whole network belongs to whoever has both of its ends.
func TestAttributionOfNetworks(t *testing.T) {
	matcher := registerOf(t)
	for in, want := range map[string]string{
		"11.1.2.0/25": "11.1.2.0/24", "11.0.0.0/15": "", "11.1.0.0/17": "11.1.0.0/16", "11.5.0.0/16": "11.0.0.0/8", "12.0.0.0/8": "", "no network": "", "2a00:1:2:3::/64": "2a00:1:2::/48",
	} {
		b := event.NewBatch([32]byte{})
		b.Begin([]byte(in))
		b.Column(event.FieldType).TextString("scanner")
		b.Column("source.network").TextString(in)
		b.End()
		if got := matcher.Target((&attributor{matcher: matcher}).apply(b)[0]); got.Value != want {
			t.Errorf("%s: %q, want %q", in, got.Value, want)
		}
	}
}
