package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/disk"
)

var made = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// contents are the members of the tests' archive.
var contents = []struct{ name, text string }{
	{"folds/a-1-0.parquet", "facts"},
	{"state/intake/000001", "rows"},
	{"events/2026-11-22/other/a-1-0.parquet", strings.Repeat("events", 200)},
	{"events/2026-11-22/a-very-long-name-of-a-class-that-no-simple-header-of-a-tar-file-can-hold-any-more/01m813h5gzx8jkmmckqwr889b6-1-0.parquet", "x"},
	{"blobs/ab/abcdef.gz", ""},
}

// archive writes an archive and gives its path.
func archive(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "b.fhb")
	w, err := Create(disk.OS{}, path, Head{ID: "b1", Made: made, Program: "test", Engine: "sqlite", Schema: 17})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range contents {
		if _, err := w.Add(c.name, int64(len(c.text)), strings.NewReader(c.text)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Finish(map[string]int64{"events": 7}, []Fault{{"blobs/x", "it was damaged"}}); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestArchive(t *testing.T) {
	path := archive(t)
	i := 0
	m, faults, err := Read(t.Context(), path, func(m Member, r io.Reader) error {
		text, err := io.ReadAll(r)
		if m.Name != contents[i].name || string(text) != contents[i].text || m.Size != int64(len(text)) {
			t.Errorf("member %d: %+v %q", i, m, text)
		}
		i++
		return err
	})
	if err != nil || len(faults) > 0 || i != len(contents) {
		t.Fatalf("%d members, %v, %v", i, faults, err)
	}
	if m.ID != "b1" || m.Format != Format || !m.Made.Equal(made) || m.Schema != 17 || m.Figures["events"] != 7 || len(m.Faults) != 1 ||
		len(m.Members) != len(contents)+1 {
		t.Errorf("%+v", m)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := os.Stat(path + partSuffix); !errors.Is(err, os.ErrNotExist) {
		t.Error("the unfinished file is still there")
	}
}

// An archive is a tar file for everybody else.
func TestArchiveIsTar(t *testing.T) {
	f, err := os.Open(archive(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []string
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, h.Name)
	}
	if len(got) != len(contents)+3 || got[0] != headName || got[len(got)-1] != sealName {
		t.Errorf("%q", got)
	}
}

// sound tells whether an archive passes, and what is said if it does not.
func sound(ctx context.Context, b []byte) (bool, string) {
	_, faults, err := read(ctx, bytes.NewReader(b), int64(len(b)), func(_ Member, r io.Reader) error {
		_, err := io.Copy(io.Discard, r)
		return err
	})
	return err == nil && len(faults) == 0, fmt.Sprint(faults, err)
}

// Every byte counts: whichever is changed, it is found; and if it is a member's, that is named.
func TestEveryChangedByteIsFound(t *testing.T) {
	b, err := os.ReadFile(archive(t))
	if err != nil {
		t.Fatal(err)
	}
	if ok, why := sound(t.Context(), b); !ok {
		t.Fatal(why)
	}
	for i := range b {
		b[i] ^= 0x10
		if ok, _ := sound(t.Context(), b); ok {
			t.Errorf("a change of byte %d of %d is not found", i, len(b))
		}
		b[i] ^= 0x10
	}
	at := bytes.Index(b, []byte("eventsevents"))
	b[at+100] ^= 1
	if _, why := sound(t.Context(), b); !strings.Contains(why, contents[2].name) {
		t.Errorf("the member is not named: %s", why)
	}
}

func TestWhereverItIsCutItIsFound(t *testing.T) {
	b, err := os.ReadFile(archive(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		if ok, _ := sound(t.Context(), b[:i]); ok {
			t.Errorf("cut off at byte %d it passes", i)
		}
	}
	for _, more := range []string{"\x00", strings.Repeat("\x00", 512), "x", string(b)} {
		if ok, _ := sound(t.Context(), append(bytes.Clone(b), more...)); ok {
			t.Errorf("with %d bytes more it passes", len(more))
		}
	}
}

// hostile seals whatever is given as members, so that only the reader's own checks are left.
func hostile(members ...*tar.Header) []byte {
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	head := `{"format":1,"id":"x"}`
	for _, h := range append([]*tar.Header{header(headName, int64(len(head)))}, members...) {
		_ = t.WriteHeader(h)
		if h.Name == headName && h.Size == int64(len(head)) {
			_, _ = io.WriteString(t, head)
			continue
		}
		_, _ = t.Write(make([]byte, min(h.Size, 1024)))
	}
	_ = t.Flush()
	return append(b.Bytes(), make([]byte, 4*tailSize)...)
}

func TestHostileArchives(t *testing.T) {
	link := header("events/a", 0)
	link.Typeflag, link.Linkname = tar.TypeSymlink, "/etc/passwd"
	folder := header("events/a", 0)
	folder.Typeflag = tar.TypeDir
	tests := []struct {
		name    string
		members []*tar.Header
	}{
		{"up and out", []*tar.Header{header("events/../../x", 1)}},
		{"absolute", []*tar.Header{header("/etc/passwd", 1)}},
		{"another folder", []*tar.Header{header("keys/pgp.key", 1)}},
		{"no folder", []*tar.Header{header("firehall.toml", 1)}},
		{"hidden", []*tar.Header{header("events/.x", 1)}},
		{"two slashes", []*tar.Header{header("events//x", 1)}},
		{"a backslash", []*tar.Header{header(`events/..\x`, 1)}},
		{"a line break", []*tar.Header{header("events/a\nb", 1)}},
		{"only a folder", []*tar.Header{header("events", 1)}},
		{"a link", []*tar.Header{link}},
		{"a folder as member", []*tar.Header{folder}},
		{"twice", []*tar.Header{header("events/a", 1), header("events/a", 1)}},
		{"two heads", []*tar.Header{header(headName, 1)}},
		{"far too long", []*tar.Header{header("events/"+strings.Repeat("a", 400), 1)}},
		{"larger than the archive", []*tar.Header{header("events/a", 1), header("events/b", 1<<40)}},
		{"the seal in the middle", []*tar.Header{header(sealName, 64)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := hostile(tt.members...)
			visited := 0
			_, _, err := read(t.Context(), bytes.NewReader(b), int64(len(b)), func(Member, io.Reader) error {
				visited++
				return nil
			})
			if !problem.Is(err, problem.Invalid) || visited > 1 {
				t.Errorf("%d visits, %v", visited, err)
			}
		})
	}
}

func TestOtherFiles(t *testing.T) {
	dir := t.TempDir()
	newer := filepath.Join(dir, "newer")
	if err := os.WriteFile(newer, bytes.Replace(hostile(), []byte(`"format":1`), []byte(`"format":2`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, bytes.Repeat([]byte("no backup "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, path string
		kind       problem.Kind
		says       string
	}{
		{"missing", filepath.Join(dir, "none"), problem.Unavailable, "open the backup"},
		{"a folder", dir, problem.Invalid, "no regular file"},
		{"a text", text, problem.Invalid, "no backup"},
		{"of a later form", newer, problem.Invalid, "a newer one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Verify(t.Context(), tt.path)
			if !problem.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
				t.Error(err)
			}
		})
	}
}

func TestCreate(t *testing.T) {
	path := archive(t)
	if _, err := Create(disk.OS{}, path, Head{}); !problem.Is(err, problem.Conflict) {
		t.Errorf("over another: %v", err)
	}
	fresh := path + "2"
	if err := os.WriteFile(fresh+partSuffix, []byte("left by one that died"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := Create(disk.OS{}, fresh, Head{})
	if err != nil {
		t.Fatal(err)
	}
	for what, add := range map[string]func() error{
		"fewer bytes": func() error { _, err := w.Add("events/a", 5, strings.NewReader("abc")); return err },
		"a bad name":  func() error { _, err := w.Add("events/../a", 3, strings.NewReader("abc")); return err },
	} {
		if err := add(); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	w.Abandon()
	for _, p := range []string{fresh, fresh + partSuffix} {
		if _, err := os.Stat(p); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left", p)
		}
	}
}

func TestMoreBytesThanSaid(t *testing.T) {
	w, err := Create(disk.OS{}, filepath.Join(t.TempDir(), "b"), Head{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abandon()
	if _, err := w.Add("events/a", 2, strings.NewReader("abc")); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	b, err := os.ReadFile(archive(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add(hostile(header("events/../x", 3)))
	f.Fuzz(func(t *testing.T, in []byte) {
		m, faults, err := read(t.Context(), bytes.NewReader(in), int64(len(in)), func(m Member, r io.Reader) error {
			if checkName(m.Name) != nil {
				t.Errorf("visited %q", m.Name)
			}
			_, err := io.Copy(io.Discard, r)
			return err
		})
		if err == nil && len(faults) == 0 && len(m.Members) == 0 {
			t.Error("an archive without members passes")
		}
	})
}
