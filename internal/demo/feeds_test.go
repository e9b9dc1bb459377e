package demo

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/firehall/firehall/internal/platform/config"
)

func TestNationStaysInsideItsPrefixes(t *testing.T) {
	rows := nationRows(t)
	names := map[string]bool{}
	for _, r := range rows[1:] {
		names[r[0]] = true
		switch network := r[5]; {
		case strings.Contains(network, "/"):
			if p := netip.MustParsePrefix(network); p != p.Masked() || !isDocumentation(p.Addr()) {
				t.Errorf("%s has %s, which is not a documentation prefix", r[0], network)
			}
		case strings.HasPrefix(network, "AS"):
			if n, err := strconv.Atoi(network[2:]); err != nil || n < 64496 || n > 64511 {
				t.Errorf("%s has %s, which is not for documentation (RFC 5398)", r[0], network)
			}
		}
	}
	if len(names) < 25 || len(names) > 45 {
		t.Errorf("the nation has %d organisations, want 25 to 45", len(names))
	}
	for _, r := range rows[1:] {
		if r[4] != "" && !names[r[4]] {
			t.Errorf("%s has the unknown parent %s", r[0], r[4])
		}
	}
}

func nationRows(t *testing.T) [][]string {
	t.Helper()
	var out bytes.Buffer
	if err := Nation(&out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestNationNamesOnlyExampleDomains holds mail addresses, hooks and domains to RFC 2606.
func TestNationNamesOnlyExampleDomains(t *testing.T) {
	for _, r := range nationRows(t)[1:] {
		for _, value := range []string{r[5], r[6]} {
			if strings.ContainsAny(value, "@") || strings.HasPrefix(value, "https:") {
				if !regexp.MustCompile(`\.example(/|$)`).MatchString(value) {
					t.Errorf("%s names %s", r[0], value)
				}
			}
		}
	}
}

func TestFeeds(t *testing.T) {
	dir := t.TempDir()
	files, err := Feeds(dir, FeedOptions{Rows: 400, Seed: 5, Now: night})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f.Path), func(t *testing.T) {
			text := unpack(t, f.Path)
			if f.Rows < 1 || f.Bad > f.Rows || f.Note == "" {
				t.Errorf("%+v tells too little", f)
			}
			if strings.Contains(f.Path, ".csv") {
				if lines := bytes.Count(text, []byte("\n")); lines != f.Rows+1 {
					t.Errorf("%d lines, want a header and %d rows", lines, f.Rows)
				}
			}
			for _, ip := range regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b`).FindAll(text, -1) {
				if a, err := netip.ParseAddr(string(ip)); err == nil && a.String() != "0.0.0.0" && !isDocumentation(a) && !isVersion(a) {
					t.Fatalf("%s is outside the documentation prefixes", a)
				}
			}
		})
	}
}

// isVersion is true for what only looks like an address: browser and server versions.
func isVersion(a netip.Addr) bool {
	b := a.As4()
	return b[0] == 120 && b[3] == 0 || b[0] == 15
}

func TestConfigurationNamesEachFeed(t *testing.T) {
	var text bytes.Buffer
	if err := Configuration(&text, "prefixes.csv", "mail"); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("demo.toml", text.Bytes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plans("2026-11-21") {
		if f, ok := c.Feeds[p.feed]; !ok || !f.DocumentationAddresses {
			t.Errorf("%s is of the feed %s, which the configuration has as %+v", p.name, p.feed, f)
		}
	}
}

func TestRepeatedFileHasTheSameContent(t *testing.T) {
	dir := t.TempDir()
	if _, err := Feeds(dir, FeedOptions{Rows: 100, Seed: 5, Now: night}); err != nil {
		t.Fatal(err)
	}
	first := unpack(t, filepath.Join(dir, "2026-11-21-scan_telnet-demonstra.csv"))
	again := unpack(t, filepath.Join(dir, "2026-11-21-scan_telnet-demonstra-again.csv.gz"))
	if !bytes.Equal(first, again) {
		t.Error("the repeated file differs from the first")
	}
}

func TestIntelMQLines(t *testing.T) {
	text, rows, err := intelmq(plan{share: 100}, FeedOptions{Rows: 50, Now: night})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	bad, six := 0, 0
	for _, line := range lines {
		var e map[string]any
		if json.Unmarshal([]byte(line), &e) != nil {
			bad++
			continue
		}
		if strings.Contains(e["source.ip"].(string), ":") {
			six++
		}
	}
	if len(lines) != rows || bad != 1 || six == 0 {
		t.Errorf("%d lines of %d, %d bad, %d on IPv6", len(lines), rows, bad, six)
	}
}

func TestComplaintIsAReport(t *testing.T) {
	text, _, err := arf(plan{}, FeedOptions{Now: night, Seed: 9})
	if err != nil {
		t.Fatal(err)
	}
	msg, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || params["report-type"] != "feedback-report" {
		t.Fatalf("content type %s %v %v", kind, params, err)
	}
	var parts []string
	for r := multipart.NewReader(msg.Body, params["boundary"]); ; {
		p, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p.Header.Get("Content-Type"))
	}
	if len(parts) != 3 || parts[1] != "message/feedback-report" {
		t.Errorf("parts are %v", parts)
	}
}

func TestRegister(t *testing.T) {
	var out bytes.Buffer
	if err := Register(&out, 2000, 1); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 2001 {
		t.Fatalf("%d lines, %v", len(rows), err)
	}
	seen := map[string]bool{}
	for _, r := range rows[1:] {
		if !strings.HasPrefix(r[5], "11.") || seen[r[5]] {
			t.Fatalf("prefix %s is outside or repeated", r[5])
		}
		seen[r[5]] = true
	}
}

func unpack(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	switch filepath.Ext(path) {
	case ".gz":
		r, err = gzip.NewReader(f)
	case ".zst":
		r, err = zstd.NewReader(f)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
