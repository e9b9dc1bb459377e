package desk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/feed"
)

// A hash is found however the feed and whoever asks wrote it, and in whichever of the fields of malware it stands.
func TestHashesAreFoundInEitherCase(t *testing.T) {
	s := newEvents(t)
	md5, sha := "d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	lines := `{"source.ip":"198.51.100.1","source.port":1,"classification.type":"infected-system","time.source":"2026-11-22T10:00:00Z","malware.hash.md5":"` + strings.ToUpper(md5) + `"}
{"source.ip":"198.51.100.2","source.port":2,"classification.type":"infected-system","time.source":"2026-11-22T10:00:00Z","malware.hash.md5":"` + md5 + `","malware.hash.sha256":"` + strings.ToUpper(sha) + `"}
{"source.ip":"198.51.100.3","source.port":3,"classification.type":"infected-system","time.source":"2026-11-22T10:00:00Z","malware.hash.sha1":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}
`
	if _, err := s.Feeds.Ingest(s.Context(), asker, feed.Source{Feed: "intelmq", Name: "hashes", Reader: strings.NewReader(lines)}); err != nil {
		t.Fatal(err)
	}
	s.now.Advance(time.Second)
	for ask, want := range map[string]string{
		md5: "1 2", strings.ToUpper(md5): "1 2", sha: "2", "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709": "3", strings.Repeat("0", 64): "",
	} {
		l, err := s.Desk.Lookup(s.Context(), asker, ask)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(s.engine(l.EventText), " "); got != want {
			t.Errorf("%s finds %q, want %q", ask, got, want)
		}
		h, err := s.Desk.Histogram(s.Context(), asker, desk.HistogramQuery{Text: l.EventText})
		if err != nil || h.Total != int64(len(strings.Fields(want))) {
			t.Errorf("%s is counted %d times: %v", ask, h.Total, err)
		}
	}
}
