package enrich

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/platform/disk"
)

// A row of a table that says nonsense is counted and says nothing about anybody; the rows around it hold.
func TestHostileRows(t *testing.T) {
	for name, row := range map[string]string{
		"AS number too large":     "192.0.2.0/24,4294967296,x,AQ",
		"negative AS number":      "192.0.2.0/24,-1,x,AQ",
		"an address, no prefix":   "192.0.2.1,64500,x,AQ",
		"host part of a mask":     "192.0.2.0/255.255.255.0,64500,x,AQ",
		"a mask too long":         "192.0.2.0/33,64500,x,AQ",
		"leading zero":            "192.0.02.0/24,64500,x,AQ",
		"zone":                    "fe80::%eth0/64,64500,x,AQ",
		"NUL":                     "192.0.2.0/24\x00,64500,x,AQ",
		"too few cells":           "192.0.2.0/24",
		"nothing but separators":  ",,,",
		"a quote that never ends": `"192.0.2.0/24,64500,x,AQ`,
	} {
		table := open(t, Config{Files: []string{put(t, "a.csv", []byte("prefix,asn,name,cc\n198.51.100.0/24,64496,A,AQ\n"+row+"\n"))}})
		if got, ok := table.Lookup(netip.MustParseAddr("192.0.2.1")); ok {
			t.Errorf("%s: it is taken for %+v", name, got)
		}
		if got, ok := table.Lookup(netip.MustParseAddr("198.51.100.1")); !ok || got.ASN != 64496 {
			t.Errorf("%s: the row before it says %+v", name, got)
		}
	}
}

// Cells that are odd but not wrong: what they do not say stays unknown.
func TestOddCells(t *testing.T) {
	for name, c := range map[string]struct {
		row  string
		want Info
	}{
		"host bits are set":     {"192.0.2.77/24,64500,x,AQ", info(64500, "x", "AQ", "192.0.2.0/24")},
		"mapped prefix":         {"::ffff:192.0.2.0/120,64500,x,AQ", info(64500, "x", "AQ", "192.0.2.0/24")},
		"small country":         {"192.0.2.0/24,64500,x,aq", info(64500, "x", "AQ", "192.0.2.0/24")},
		"country of three":      {"192.0.2.0/24,64500,x,ATA", info(64500, "x", "", "192.0.2.0/24")},
		"country of a formula":  {"192.0.2.0/24,64500,x,=1", info(64500, "x", "", "192.0.2.0/24")},
		"more cells":            {"192.0.2.0/24,64500,x,AQ,more,cells", info(64500, "x", "AQ", "192.0.2.0/24")},
		"blanks":                {" 192.0.2.0/24 , AS64500 , x , AQ ", info(64500, "x", "AQ", "192.0.2.0/24")},
		"greatest AS number":    {"192.0.2.0/24,4294967295,x,AQ", info(4294967295, "x", "AQ", "192.0.2.0/24")},
		"AS 0 with a country":   {"192.0.2.0/24,0,,AQ", info(0, "", "AQ", "192.0.2.0/24")},
		"AS 0 and nothing else": {"192.0.2.0/24,0,,", Info{}},
	} {
		table := open(t, Config{Files: []string{put(t, "a.csv", []byte("prefix,asn,name,cc\n"+c.row+"\n"))}})
		if got, _ := table.Lookup(netip.MustParseAddr("192.0.2.1")); got != c.want {
			t.Errorf("%s: %+v, want %+v (%s)", name, got, c.want, table.Files()[0].FirstBad)
		}
	}
}

// A database cut or damaged anywhere is refused or read, but never takes the program down.
func TestDamagedMMDB(t *testing.T) {
	good := mmdbFile(t, time.Unix(1e9, 0), map[string]map[string]any{
		"192.0.2.0/24": {"autonomous_system_number": uint32(64496), "autonomous_system_organization": "Northlight"}, "2001:db8::/32": {"asn": "AS64497"},
	})
	try := func(what string, data []byte) {
		defer func() {
			if p := recover(); p != nil {
				t.Errorf("%s: %v", what, p)
			}
		}()
		table, err := Open(context.Background(), Config{Files: []string{put(t, "a.mmdb", data)}}, disk.OS{})
		if err == nil {
			table.Lookup(netip.MustParseAddr("192.0.2.1"))
		}
	}
	for i := 0; i < len(good); i += 7 {
		try(fmt.Sprintf("cut at %d of %d", i, len(good)), good[:i])
		data := append([]byte(nil), good...)
		data[i] ^= 0xff
		try(fmt.Sprintf("byte %d of %d turned", i, len(good)), data)
	}
}

// A row of another table's size is no reason to hold it: names are cut from a bounded line, and the count of bad rows ends the reading.
func TestFileThatIsNoTable(t *testing.T) {
	for name, text := range map[string]string{
		"a page":         "<!DOCTYPE html>\n<html>" + strings.Repeat("<p>", 1000),
		"binary":         "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 1000),
		"UTF-16":         "\xff\xfep\x00r\x00e\x00f\x00i\x00x\x00",
		"header only":    "start,asn\n",
		"names repeated": "asn,asn,asn\n1,2,3\n",
	} {
		if _, err := Open(context.Background(), Config{Files: []string{put(t, "a.csv", []byte(text))}}, disk.OS{}); err == nil || len(err.Error()) > 6000 {
			t.Errorf("%s: %.100v", name, err)
		}
	}
}
