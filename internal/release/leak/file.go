package leak

import (
	"bytes"
	"encoding/binary"
	"path"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// fileKind is how a file is looked into.
type fileKind uint8

const (
	fileText fileKind = iota
	fileCSV
	fileJSON
	fileMarkup
	fileZip
	fileGzip
	fileZstd
	fileBzip
	fileTar
	filePDF
	filePicture
	fileEncrypted
	fileBinary
)

// magics are how files begin.
var magics = []struct {
	begin string
	kind  fileKind
}{
	{"PK\x03\x04", fileZip},
	{"PK\x05\x06", fileZip},
	{"\x1f\x8b", fileGzip},
	{"\x28\xb5\x2f\xfd", fileZstd},
	{"BZh", fileBzip},
	{"%PDF-", filePDF},
	{"\x89PNG\r\n\x1a\n", filePicture},
	{"\xff\xd8\xff", filePicture},
	{"GIF87a", filePicture},
	{"GIF89a", filePicture},
	{"II*\x00", filePicture},
	{"MM\x00*", filePicture},
	{"8BPS", filePicture},
	{"\x00\x00\x01\x00", filePicture},
	{"age-encryption.org/", fileEncrypted},
	{"-----BEGIN PGP MESSAGE", fileEncrypted},
	{"-----BEGIN AGE ENCRYPTED", fileEncrypted},
	{"Salted__", fileEncrypted},
	{"7z\xbc\xaf\x27\x1c", fileBinary},
	{"Rar!\x1a\x07", fileBinary},
	{"\xfd7zXZ\x00", fileBinary},
	{"\x04\x22\x4d\x18", fileBinary},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", fileBinary},
	{"PAR1", fileBinary},
	{"SQLite format 3\x00", fileBinary},
	{"\x7fELF", fileBinary},
	{"ID3", fileBinary},
	{"OggS", fileBinary},
	{"\xd4\xc3\xb2\xa1", fileBinary},
	{"\x0a\x0d\x0d\x0a", fileBinary},
}

// kindOf tells how a file is looked into: by what it is, and by its name only where several would do.
func kindOf(name, mediaType string, data []byte) fileKind {
	for _, m := range magics {
		if bytes.HasPrefix(data, []byte(m.begin)) {
			return m.kind
		}
	}
	switch {
	case len(data) > 262 && string(data[257:262]) == "ustar":
		return fileTar
	case len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP", len(data) > 12 && string(data[4:8]) == "ftyp":
		return filePicture
	case len(data) > 14 && string(data[:2]) == "BM" && bytes.IndexByte(data[:14], 0) >= 0:
		return filePicture
	case bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")):
		return filePDF
	case binary8(data):
		return fileBinary
	}
	return textKind(name, mediaType, data)
}

// textKind tells texts apart.
func textKind(name, mediaType string, data []byte) fileKind {
	mediaType, _, _ = strings.Cut(strings.ToLower(mediaType), ";")
	ending := strings.ToLower(path.Ext(name))
	head := bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 1024)], []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case strings.Contains(mediaType, "pkcs7-mime"), mediaType == "application/pgp-encrypted", ending == ".p7m", ending == ".gpg", ending == ".age":
		return fileEncrypted
	case bytes.HasPrefix(head, []byte("{")), bytes.HasPrefix(head, []byte("[")), strings.HasSuffix(mediaType, "json"), ending == ".json", ending == ".ndjson", ending == ".jsonl":
		return fileJSON
	case bytes.HasPrefix(head, []byte("<")), strings.Contains(mediaType, "html"), strings.HasSuffix(mediaType, "xml"), ending == ".html", ending == ".htm", ending == ".xml", ending == ".svg":
		return fileMarkup
	case strings.Contains(mediaType, "csv"), ending == ".csv", ending == ".tsv":
		return fileCSV
	}
	return fileText
}

// binary8 tells of bytes that are no text in any encoding that is read here.
func binary8(data []byte) bool {
	head := data[:min(len(data), 4096)]
	if wide16(head) {
		return false
	}
	odd := 0
	for _, c := range head {
		if c == 0 {
			return true
		}
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b {
			odd++
		}
	}
	return odd*20 > len(head)
}

// file looks into a file.
func (s *search) file(at Place, name, mediaType string, data []byte) {
	if len(data) == 0 || s.full() {
		return
	}
	if s.depth++; s.depth > MaxDepth {
		s.depth--
		s.unreadable(at, TooMuch)
		return
	}
	defer func() { s.depth-- }()
	switch kindOf(name, mediaType, data) {
	case fileCSV:
		s.csv(at, decoded(data))
	case fileJSON:
		s.json(at, decoded(data))
	case fileMarkup:
		s.markup(at, decoded(data))
	case fileZip:
		s.zip(at, data)
	case fileGzip, fileZstd, fileBzip:
		s.stream(at, name, data)
	case fileTar:
		s.tar(at, data)
	case filePDF:
		s.pdf(at, data)
	case filePicture:
		s.bytes(at, data, Picture)
	case fileEncrypted:
		s.bytes(at, data, Encrypted)
	case fileBinary:
		s.bytes(at, data, Binary)
	default:
		s.plain(at, decoded(data))
	}
}

// plain looks through a text file, which may also hold something encrypted.
func (s *search) plain(at Place, text string) {
	s.text(at, text, true)
	for _, mark := range []string{"-----BEGIN PGP MESSAGE", "-----BEGIN AGE ENCRYPTED", "-----BEGIN PKCS7"} {
		if strings.Contains(text, mark) {
			s.unreadable(at, Encrypted)
		}
	}
}

// maxBinary bounds what is looked at of what stops anyway: its beginning, where titles and authors stand.
const maxBinary = 1 << 20

// bytes says that a file cannot be looked into, and looks at what letters stand in it.
func (s *search) bytes(at Place, data []byte, why string) {
	s.unreadable(at, why)
	data = data[:min(len(data), maxBinary)]
	if s.idle() || !s.room(at, len(data)) {
		return
	}
	s.view(at, strings.ToValidUTF8(string(data), "\n"), nil, false)
	for _, from := range []int{0, 1} { // UTF-16, however it lies
		if len(data) > from+1 {
			s.view(at, utf16Text(data[from:], binary.LittleEndian), nil, false)
		}
	}
}

// decoded is the text of a file, in whatever of the usual encodings it is.
func decoded(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		data = data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return utf16Text(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return utf16Text(data[2:], binary.BigEndian)
	case wide16(data):
		if data[0] == 0 {
			return utf16Text(data, binary.BigEndian)
		}
		return utf16Text(data, binary.LittleEndian)
	}
	return string(data) // what is no UTF-8 in it is read as Latin-1, rune by rune
}

func utf16Text(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	var out strings.Builder
	out.Grow(len(units))
	for _, r := range utf16.Decode(units) {
		if r == utf8.RuneError {
			r = '\n'
		}
		out.WriteRune(r)
	}
	return out.String()
}
