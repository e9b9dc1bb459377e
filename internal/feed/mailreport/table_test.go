package mailreport

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/mapped"
)

// mailWith is a mail with one attachment.
func mailWith(name, kind, body string) string {
	return strings.ReplaceAll("From: cert@a.example\nTo: cert@b.example\nSubject: [TLP:GREEN] told\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"+
		"--b\nContent-Type: text/plain\n\nSee the table.\n--b\nContent-Type: "+kind+"; name=\""+name+"\"\nContent-Disposition: attachment; filename=\""+name+"\"\n\n"+body+"\n--b--\n", "\n", "\r\n")
}

// TestTable reads the tables of a mail: rows become events, and what cannot be read is set aside with the reason, and nothing stops the rest.
func TestTable(t *testing.T) {
	now := clock.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	rows, err := mapped.New(mapped.Config{
		Kind: "csv", Fields: map[string]string{"source.ip": "source.ip", "time.source": "time.source"}, Limit: 1 << 20,
		Defaults: format.Defaults{Type: "scanner", Report: "told"},
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	const header = "time.source,source.ip\n"
	for _, c := range []struct {
		name, mail string
		events     int
		reject     string
	}{
		{"a table", mailWith("findings.csv", "text/csv", header+"2026-11-22T10:00:00Z,192.0.2.7\n2026-11-22T10:00:00Z,192.0.2.8"), 2, ""},
		{"by its name alone", mailWith("FINDINGS.CSV", "application/octet-stream", header+"2026-11-22T10:00:00Z,192.0.2.7"), 1, ""},
		{"a bad row among good ones", mailWith("f.csv", "text/csv", header+"2026-11-22T10:00:00Z,=cmd()\n2026-11-22T10:00:00Z,192.0.2.8"), 1, "f.csv, line 2"},
		{"an open quote", mailWith("f.csv", "text/csv", header+"2026-11-22T10:00:00Z,\"192.0.2.7"), 0, "f.csv, line"},
		{"no table", mailWith("f.pdf", "application/pdf", "x"), 0, "no table"},
		{"another table", mailWith("f.csv", "text/csv", "a,b\n1,2"), 0, "f.csv"},
		{"no mail", "\x00\x01 nothing", 0, "no "},
	} {
		open, err := NewTable(rows).Open(format.Input{Name: "told.eml", Feed: "peer"})
		if err != nil || open.Split != format.Whole {
			t.Fatal(open.Split, err)
		}
		b := event.NewBatch([32]byte{1})
		used, err := open.Decoder.Decode(format.Part{Data: []byte(c.mail), Line: 1, Last: true, Exact: true}, b)
		if err != nil || used != len(c.mail) || b.Rows() != c.events {
			t.Errorf("%s: %d events, %v, %+v", c.name, b.Rows(), err, b.Rejects())
		}
		if found := b.Rejects(); c.reject == "" != (len(found) == 0) || len(found) > 0 && (!strings.Contains(found[0].Reason, c.reject) || found[0].Length != len(c.mail)) {
			t.Errorf("%s: set aside %+v", c.name, found)
		}
	}
}
