package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// mostTagged is the longest answer that gets a tag: a longer one is passed on as it comes.
const mostTagged = 4 << 20

// tagged gives answers to GET an ETag, and answers 304 to who has them already (RFC 9110 §13.1.2).
func tagged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || streamed(r) {
			next.ServeHTTP(w, r)
			return
		}
		k := &keeper{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(k, r)
		k.finish(r.Header.Get("If-None-Match"))
	})
}

// keeper holds an answer back until its tag is known, or it is too long for one.
type keeper struct {
	http.ResponseWriter
	body   bytes.Buffer
	status int
	passed bool // on, without a tag
}

func (k *keeper) WriteHeader(status int) {
	k.status = status
	if k.passed {
		k.ResponseWriter.WriteHeader(status)
	}
}

func (k *keeper) Write(p []byte) (int, error) {
	if !k.passed && k.body.Len()+len(p) > mostTagged {
		k.pass()
	}
	if k.passed {
		return k.ResponseWriter.Write(p)
	}
	return k.body.Write(p)
}

func (k *keeper) pass() {
	k.passed = true
	k.ResponseWriter.WriteHeader(k.status)
	_, _ = k.ResponseWriter.Write(k.body.Bytes())
	k.body.Reset()
}

// tag is the ETag of what is held back.
func (k *keeper) tag() string {
	sum := sha256.Sum256(k.body.Bytes())
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`
}

// matched refuses a change whose If-Match names another state of the thing than it is in (RFC 9110 §13.1.1). It spares work and tells early; that no
// two change at once is for the version in the body to say.
func (a *API) matched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want := r.Header.Get("If-Match")
		if want == "" || r.Method == http.MethodGet || r.Method == http.MethodHead || ofPushes(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		k := &keeper{ResponseWriter: unheard{http.Header{}}, status: http.StatusOK}
		look := r.Clone(r.Context())
		look.Method, look.Body, look.ContentLength, look.URL.RawQuery = http.MethodGet, http.NoBody, 0, ""
		a.plain.ServeHTTP(k, look)
		if k.status != http.StatusOK || k.passed || strings.Contains(want, "W/") || !matches(want, k.tag()) {
			refuse(w, http.StatusPreconditionFailed, "it is not as If-Match says: ask for it again by GET at this address, and send the ETag of that answer")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// unheard is where an answer goes that is for nobody.
type unheard struct{ header http.Header }

func (u unheard) Header() http.Header         { return u.header }
func (u unheard) Write(p []byte) (int, error) { return len(p), nil }
func (u unheard) WriteHeader(int)             {}

func (k *keeper) finish(have string) {
	if k.passed {
		return
	}
	if k.status != http.StatusOK {
		k.pass()
		return
	}
	tag := k.tag()
	k.Header().Set("ETag", tag)
	k.Header().Set("Cache-Control", "private, no-cache") // may be kept by the caller, who asks each time whether it still holds
	if matches(have, tag) {
		k.Header().Del("Content-Type")
		k.ResponseWriter.WriteHeader(http.StatusNotModified)
		return
	}
	k.pass()
}

// matches compares weakly, as RFC 9110 §13.1.2 wants it.
func matches(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		if one == tag || one == "*" {
			return true
		}
	}
	return false
}
