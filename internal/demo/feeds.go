package demo

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"
)

// File is one feed file that Feeds wrote.
type File struct {
	Path string
	Feed string // name of the feed it belongs to
	Rows int    // records, bad ones included; a mail is one
	Bad  int    // of these, the ones that must be set aside
	Note string // what is to be seen in it
}

// FeedOptions say how much there is to be.
type FeedOptions struct {
	Rows int       // of the largest file; the others follow from it; 0 means 20,000
	Seed uint64    // same seed and time, same bytes
	Now  time.Time // the feeds tell of the 24 hours before it
}

// plan is one file to be written.
type plan struct {
	name  string
	feed  string
	note  string
	share int // of Options.Rows, in percent
	bad   int
	make  func(p plan, o FeedOptions) (text []byte, rows int, err error)
}

// Feeds writes a night's feeds into a folder: Shadowserver reports (plain, gzip and zstd), IntelMQ JSON lines, a plain list, an X-ARF
// report and an ARF mail. Some hold bad rows, one repeats another's content under a new name, one is of a type that no table knows.
func Feeds(dir string, o FeedOptions) ([]File, error) {
	if o.Rows == 0 {
		o.Rows = 20_000
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	var out []File
	for _, p := range plans(o.Now.Add(-24 * time.Hour).Format(time.DateOnly)) {
		text, rows, err := p.make(p, o)
		if err != nil {
			return nil, fmt.Errorf("make %s: %w", p.name, err)
		}
		path := filepath.Join(dir, p.name)
		if err := writePacked(path, text); err != nil {
			return nil, err
		}
		out = append(out, File{Path: path, Feed: p.feed, Rows: rows, Bad: p.bad, Note: p.note})
	}
	return out, nil
}

func plans(day string) []plan {
	server := func(report, tail, note string, share, bad int) plan {
		return plan{day + "-" + report + "-demonstra" + tail, "shadowserver", note, share, bad, shadowserver(report)}
	}
	return []plan{
		server("scan_telnet", ".csv", "open telnet; a few bad rows", 100, 6),
		server("event4_sinkhole_http", ".csv.gz", "infected machines, seen by a sinkhole", 80, 0),
		server("scan_ssl", ".csv.zst", "certificates, 74 columns", 60, 0),
		server("event4_honeypot_ddos_amp", ".csv", "victims of amplification: nobody to accuse", 20, 0),
		server("event4_honeypot_brute_force", ".csv.gz", "machines that guess passwords", 40, 0),
		server("scan_rdp", ".csv", "open remote desktops", 15, 0),
		server("scan_exchange", ".csv", "mail servers without their patches", 3, 0),
		server("compromised_website", ".csv", "sites with foreign code in them", 4, 0),
		server("phish_url", ".csv", "phishing pages", 3, 0),
		server("malware_url", ".csv", "pages that hand out malware", 3, 0),
		server("device_id", ".csv.gz", "what the machines are", 30, 0),
		server("blocklist", ".csv", "addresses on block lists", 5, 0),
		server("scan_telnet", "-again.csv.gz", "the first file once more: nothing new in it", 100, 6),
		{day + "-scan_teapot-demonstra.csv", "shadowserver", "a type that no table knows yet", 1, 0, teapot},
		{"honeynet.jsonl", "honeynet", "IntelMQ events, some on IPv6", 10, 1, intelmq},
		{"exchange-list.txt", "exchange-list", "addresses, domains and URLs, one a line", 2, 1, plainList},
		{"xarf-login-attack.json", "partner-desk", "an X-ARF v4 report", 0, 0, xarf},
		{"complaint.eml", "complaints", "an ARF complaint about spam", 0, 0, arf},
	}
}

// shadowserver makes a report, with p.bad bad rows after its first good ones.
func shadowserver(report string) func(plan, FeedOptions) ([]byte, int, error) {
	return func(p plan, o FeedOptions) ([]byte, int, error) {
		rows := max(p.share*o.Rows/100, 10)
		var out bytes.Buffer
		err := Generate(&out, Options{Report: report, Rows: rows, Seed: o.Seed ^ salt(report), Now: o.Now, Severity: report == "scan_rdp"})
		if err != nil || p.bad == 0 {
			return out.Bytes(), rows, err
		}
		return spoil(out.Bytes(), o.Now), rows + len(badRows), nil
	}
}

// badRows are scan_telnet rows that must be set aside. %s is a good time.
var badRows = []string{
	`"%s",192.0.2.7,23,tcp`,
	`"%s",0.0.0.0,23,tcp,,telnet,64496,AQ,Kalla,Kalla,517311,737415,zero`,
	`"%s",192.0.2.0/24,23,tcp,,telnet,64496,AQ,Kalla,Kalla,517311,737415,prefix`,
	`"1970-01-01 00:00:00",192.0.2.8,23,tcp,,telnet,64496,AQ,Kalla,Kalla,517311,737415,"%.0sepoch"`,
	`"2099-12-31 23:59:59",192.0.2.9,23,tcp,,telnet,64496,AQ,Kalla,Kalla,517311,737415,"%.0sfuture"`,
	`"%s",192.0.2.10,not-a-port,tcp,,telnet,64496,AQ,Kalla,Kalla,517311,737415,port`,
}

// spoil puts the bad rows behind the fifth line.
func spoil(text []byte, at time.Time) []byte {
	cut := 0
	for range 5 {
		cut += bytes.IndexByte(text[cut:], '\n') + 1
	}
	out := append([]byte{}, text[:cut]...)
	for _, row := range badRows {
		out = fmt.Appendf(out, row+"\n", at.Add(-time.Hour).UTC().Format(time.DateTime))
	}
	return append(out, text[cut:]...)
}

// teapot is a report with Shadowserver's usual columns and one more, under a name that does not exist.
func teapot(p plan, o FeedOptions) ([]byte, int, error) {
	rows := max(p.share*o.Rows/100, 10)
	out := []byte(`"timestamp","severity","ip","protocol","port","hostname","tag","asn","geo","region","city","brew"` + "\n")
	for i := range rows {
		h := mix(o.Seed ^ salt("teapot") ^ uint64(i))
		ip := Documentation.address(h)
		at := o.Now.Add(-time.Duration(below(h, 86400)) * time.Second).UTC().Format(time.DateTime)
		out = fmt.Appendf(out, "%q,low,%s,tcp,418,,teapot,%d,%s,Kalla,Kalla,oolong\n", at, appendIPv4(nil, ip), Documentation.asn(ip), Documentation.country(ip))
	}
	return out, rows, nil
}

// writePacked writes a file, compressed as its name says.
func writePacked(path string, text []byte) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	w, err := packer(filepath.Ext(path), f)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return w.Close()
}

func packer(ext string, f io.Writer) (io.WriteCloser, error) {
	switch ext {
	case ".gz":
		return gzip.NewWriter(f), nil
	case ".zst":
		return zstd.NewWriter(f, zstd.WithEncoderConcurrency(1))
	}
	return plain{f}, nil
}

// plain is a writer that has nothing to finish.
type plain struct{ io.Writer }

func (plain) Close() error { return nil }
