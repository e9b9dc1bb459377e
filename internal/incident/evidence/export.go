package evidence

import (
	"archive/tar"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/firehall/firehall/internal/core/problem"
)

// Export is an item with its chain on the way to somebody.
type Export struct {
	Item   Item
	Chain  []Custody
	CRC    uint32 // of the content, as Check gave it
	At     time.Time
	Team   string
	Ref    string // of the incident or the report
	Label  string // "TLP:AMBER"
	To     string
	Reason string
	// Recipient, if not nil, is whom the whole is encrypted to.
	Recipient age.Recipient
	// Sign signs the list of digests. It gives the public key too.
	Sign func(message []byte) (signature []byte, public ed25519.PublicKey, err error)

	random [zipHeader]byte
}

// ParseRecipient reads a public key of age, "age1...". "" is none. Errors: Invalid.
func ParseRecipient(text string) (age.Recipient, error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	r, err := age.ParseX25519Recipient(text)
	if err != nil {
		return nil, problem.New(problem.Invalid, "%.80q is no public key of age: it begins with age1, and age-keygen prints it", text)
	}
	return r, nil
}

// Filename is what the export is called.
func (e *Export) Filename() string {
	name := "evidence-" + e.Item.ID + ".tar"
	if e.Recipient != nil {
		name += ".age"
	}
	return name
}

// part is a small file of the archive.
type part struct {
	name string
	text []byte
}

// Write writes the archive: a tar, encrypted if somebody is named. What is in it can be verified with sha256sum, openssl and unzip; its README says how. Several
// items, at least one, go to the same recipient; each has a folder of its own with all that proves it.
func (v *Vault) Write(w io.Writer, items ...*Export) error {
	if items[0].Recipient == nil {
		return v.tar(w, items)
	}
	out, err := age.Encrypt(w, items[0].Recipient)
	if err != nil {
		return problem.Wrap(problem.Internal, err, "encrypt the export")
	}
	return errors.Join(v.tar(out, items), out.Close())
}

func (v *Vault) tar(w io.Writer, items []*Export) error {
	t := tar.NewWriter(w)
	for _, e := range items {
		if err := v.folder(t, e); err != nil {
			return err
		}
	}
	return t.Close()
}

// folder writes one item with all that proves it.
func (v *Vault) folder(t *tar.Writer, e *Export) error {
	rand.Read(e.random[:])
	name, size, sum, err := v.packed(e)
	if err != nil {
		return err
	}
	parts, err := e.parts(name, sum)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := e.head(t, p.name, int64(len(p.text))); err != nil {
			return err
		}
		if _, err := t.Write(p.text); err != nil {
			return err
		}
	}
	if err := e.head(t, name, size); err != nil {
		return err
	}
	return v.pack(t, e)
}

func (e *Export) head(t *tar.Writer, name string, size int64) error {
	return t.WriteHeader(&tar.Header{Name: "evidence-" + e.Item.ID + "/" + name, Mode: 0o600, Size: size, ModTime: e.At.UTC().Truncate(time.Second), Format: tar.FormatPAX})
}

// packed tells what the file is called in the archive, how large it is there and its digest; malware is packed with a password.
func (v *Vault) packed(e *Export) (name string, size int64, sum string, err error) {
	if !e.Item.Malicious {
		return e.plainName(), e.Item.Size, e.Item.SHA256, nil
	}
	digest := sha256.New()
	count := &counter{w: digest}
	err = v.pack(count, e)
	return e.plainName() + ".zip", count.n, hex.EncodeToString(digest.Sum(nil)), err
}

// plainName keeps the file's name apart from those of the parts, and from what a shell takes for an option.
func (e *Export) plainName() string {
	name := strings.Map(func(r rune) rune {
		if r == ' ' || strings.ContainsRune(`$&;'()[]{}!#~=%`+"`", r) {
			return '_'
		}
		return r
	}, e.Item.Name)
	return "file-" + name
}

// pack writes the file as it stands in the archive.
func (v *Vault) pack(w io.Writer, e *Export) error {
	r, err := v.open(e.Item.address)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	if e.Item.Malicious {
		return zipped(w, e.plainName(), e.At, e.Item.Size, e.CRC, e.random, r)
	}
	_, err = io.Copy(w, r)
	return err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// parts makes the small files. The list of digests names all the others, and is signed.
func (e *Export) parts(file, sum string) ([]part, error) {
	about, err := json.MarshalIndent(e.about(), "", "  ")
	if err != nil {
		return nil, err
	}
	var chain bytes.Buffer
	for i := range e.Chain {
		chain.WriteString(e.Chain[i].Line(e.Item.ID) + "\n")
	}
	parts := []part{
		{"README.txt", []byte(e.readme(file))},
		{"item.json", append(about, '\n')},
		{"custody.jsonl", chain.Bytes()},
		{"ORIGINAL.sha256", fmt.Appendf(nil, "%s  %s\n", e.Item.SHA256, e.plainName())},
	}
	list := fmt.Appendf(nil, "# firehall evidence export 1\n# item %s\n# custody %d %s\n%s  %s\n", e.Item.ID, e.Item.Step, e.Item.Head, sum, file)
	for _, p := range parts {
		digest := sha256.Sum256(p.text)
		list = fmt.Appendf(list, "%s  %s\n", hex.EncodeToString(digest[:]), p.name)
	}
	signature, public, err := e.Sign(list)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	return append(parts, part{"SHA256SUMS", list}, part{"SHA256SUMS.sig", signature}, part{"key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})}), nil
}

// about is what item.json says.
func (e *Export) about() any {
	return struct {
		Item
		Team   string    `json:"team"`
		Of     string    `json:"of"`
		Label  string    `json:"label,omitempty"`
		To     string    `json:"exported_to"`
		Reason string    `json:"exported_because"`
		At     time.Time `json:"exported"`
	}{e.Item, e.Team, e.Ref, e.Label, e.To, e.Reason, e.At.UTC()}
}

func (e *Export) readme(file string) string {
	unpack := ""
	if e.Item.Malicious {
		unpack = fmt.Sprintf("\nThe file is MALICIOUS. It is packed with the password %q; unpack it where it can do no harm:\n\n    unzip -P %s %s && sha256sum -c ORIGINAL.sha256\n", Password, Password, file)
	}
	return fmt.Sprintf(`Evidence %s of %s, exported by %s for %s on %s. %s

SHA256SUMS      the digests of all that is here
SHA256SUMS.sig  its signature (Ed25519) by the key with which the team signs the checkpoints of its audit record
key.pem         that key. Compare it with the one that the team tells you another way: anybody can put a key here
custody.jsonl   who had the file, one line an act; "previous" is the SHA-256 of the line before
item.json       what the file is, how it was obtained, its digests
%s
Verify, in this folder:

    sha256sum -c SHA256SUMS
    openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig

The chain, line by line (no output means that it holds):

    previous=""
    while IFS= read -r line; do
      case "$line" in *"\"previous\":\"$previous\"}") ;; *) echo "broken: $line" ;; esac
      previous=$(printf %%s "$line" | sha256sum | cut -d' ' -f1)
    done < custody.jsonl
    grep -q "$previous" SHA256SUMS || echo "broken: the end"
`, e.Item.ID, e.Ref, e.Team, e.To, e.At.UTC().Format(time.RFC3339), e.Label, unpack)
}
