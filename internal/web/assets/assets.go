// Package assets holds the files that pages load: styles, scripts and icons, taken from npm (folder taken, with their licences and a list of
// hashes) and ours.
//
// A file's URL has the hash of its content in it, so browsers keep it for ever, and a page never meets a file of another version.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:generate go run ./stylecut

// Prefix is where the files are served.
const Prefix = "/assets/"

//go:embed taken/htmx.min.js taken/echarts.min.js taken/icons.svg tabler.css firehall.css app.js charts.js passkey.js flame.svg report.css
var files embed.FS

// file is one file as it is served.
type file struct {
	url  string
	kind string
	body []byte
	gzip func() []byte
}

// parts are the files that each served one is made of.
var parts = map[string][]string{
	"firehall.css": {"tabler.css", "firehall.css"},
	"htmx.js":      {"taken/htmx.min.js"},
	"echarts.js":   {"taken/echarts.min.js"},
	"icons.svg":    {"taken/icons.svg"},
	"app.js":       {"app.js"},
	"charts.js":    {"charts.js"},
	"passkey.js":   {"passkey.js"},
	"flame.svg":    {"flame.svg"},
	"report.css":   {"report.css"},
}

var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// loaded gives the files by name and by URL; they are put together when the first is asked for.
var loaded = sync.OnceValues(load)

// named is a file by its name, nil for a name that is none.
func named(name string) *file {
	names, _ := loaded()
	return names[name]
}

func load() (names, urls map[string]*file) {
	names, urls = map[string]*file{}, map[string]*file{}
	for name, from := range parts {
		f := &file{kind: kinds[path.Ext(name)]}
		for _, part := range from {
			body, _ := files.ReadFile(part) // embedded: the build fails if it is not there
			f.body = append(f.body, body...)
		}
		sum := sha256.Sum256(f.body)
		base, ext := strings.TrimSuffix(name, path.Ext(name)), path.Ext(name)
		f.url = Prefix + base + "-" + hex.EncodeToString(sum[:6]) + ext
		f.gzip = sync.OnceValue(func() []byte { return compress(f.body) })
		names[name], urls[f.url] = f, f
	}
	return names, urls
}

func compress(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	_, _ = w.Write(body) // into memory
	_ = w.Close()
	return b.Bytes()
}

// URL is where a file is served, by its name: "app.js". A name that is none gives "".
func URL(name string) string {
	if f := named(name); f != nil {
		return f.url
	}
	return ""
}

// Serve answers with the file that a URL names.
func Serve(w http.ResponseWriter, r *http.Request) {
	_, urls := loaded()
	f := urls[r.URL.Path]
	if f == nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.NotFound(w, r)
		return
	}
	h, body := w.Header(), f.body
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.gzip()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the reader may have left
	}
}

// Weight is how many bytes a file is on the way, compressed.
func Weight(name string) int { return len(named(name).gzip()) }

// Icons are the names of the icons that there are.
var Icons = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, piece := range bytes.Split(named("icons.svg").body, []byte(`<symbol id="`))[1:] {
		name, _, _ := bytes.Cut(piece, []byte(`"`))
		out[string(name)] = true
	}
	return out
})
