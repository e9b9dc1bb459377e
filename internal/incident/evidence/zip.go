package evidence

import (
	"archive/zip"
	"hash/crc32"
	"io"
	"time"
)

// Password is the one that the field packs malware with: no secret, but no scanner opens it and nobody runs it by mistake.
const Password = "infected"

// zipHeader is how many random bytes stand before an encrypted file (APPNOTE.TXT §6.1.3).
const zipHeader = 12

// zipped packs a file with Password, by the traditional encryption that every unzip knows (APPNOTE.TXT §6.1): it keeps the file from being opened by mistake,
// not secret. The same random bytes give the same zip, so that its digest can be known before it is written. The content is stored, not compressed: its
// length is known then too.
func zipped(w io.Writer, name string, at time.Time, size int64, crc uint32, random [zipHeader]byte, content io.Reader) error {
	z := zip.NewWriter(w)
	h := &zip.FileHeader{Name: name, Method: zip.Store, Flags: 0x1, CRC32: crc, CompressedSize64: uint64(size + zipHeader), UncompressedSize64: uint64(size)} //nolint:gosec // a size is not negative
	h.Modified = at
	h.SetMode(0o600)
	out, err := z.CreateRaw(h)
	if err != nil {
		return err
	}
	k := newZipKeys(Password)
	random[zipHeader-1] = byte(crc >> 24) // by which unzip knows a wrong password
	if _, err := out.Write(k.encrypt(random[:])); err != nil {
		return err
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := content.Read(buf)
		if _, werr := out.Write(k.encrypt(buf[:n])); werr != nil {
			return werr
		}
		if err == io.EOF {
			return z.Close()
		}
		if err != nil {
			return err
		}
	}
}

// zipKeys is the state of the traditional encryption.
type zipKeys [3]uint32

func newZipKeys(password string) *zipKeys {
	k := &zipKeys{0x12345678, 0x23456789, 0x34567890}
	for i := range len(password) {
		k.update(password[i])
	}
	return k
}

func (k *zipKeys) update(b byte) {
	k[0] = crc32.IEEETable[byte(k[0])^b] ^ k[0]>>8
	k[1] = (k[1]+k[0]&0xff)*134775813 + 1
	k[2] = crc32.IEEETable[byte(k[2])^byte(k[1]>>24)] ^ k[2]>>8
}

// encrypt turns the bytes into their encrypted form, in place.
func (k *zipKeys) encrypt(p []byte) []byte {
	for i, b := range p {
		t := k[2] | 2
		p[i] = b ^ byte(t*(t^1)>>8)
		k.update(b)
	}
	return p
}
