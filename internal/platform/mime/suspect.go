package mime

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// programs are extensions of what runs when it is opened, on some system.
var programs = strings.Fields(`.exe .com .scr .pif .bat .cmd .ps1 .psm1 .vbs .vbe .js .jse .wsf .wsh .hta .msi .msp .msix .appx .cpl .dll .jar .lnk .url .reg .sh .py
	.pl .rb .php .iso .img .vhd .vhdx .chm .xll .one .application .appref-ms .desktop .dmg .pkg .apk .scf .sct .html .htm .shtml .svg .xht .xhtml .mht`)

// harmlessToTheEye are extensions that people open without a thought: in front of another they mislead.
var harmlessToTheEye = strings.Fields(".pdf .doc .docx .xls .xlsx .ppt .pptx .jpg .jpeg .png .gif .txt .mp3 .mp4 .zip .csv .rtf .odt")

var macros = strings.Fields(".docm .dotm .xlsm .xltm .xlam .pptm .potm .ppam .ppsm .sldm .xlsb")

// suspicions are the reasons to handle a part with care. claimed is its name as the mail tells it.
func suspicions(claimed string, p *Part) (out []Suspicion) {
	ext := strings.ToLower(path.Ext(p.Name))
	before := strings.ToLower(path.Ext(strings.TrimSpace(strings.TrimSuffix(p.Name, path.Ext(p.Name)))))
	program := slices.Contains(programs, ext) || runs(p.Sniffed)
	for _, s := range []struct {
		reason Suspicion
		holds  bool
	}{
		{Executable, program},
		{DoubleExtension, slices.Contains(programs, ext) && slices.Contains(harmlessToTheEye, before)},
		{TypeDiffers, differs(p.MediaType, p.Sniffed)},
		{Macro, slices.Contains(macros, ext) || bytes.Contains(p.Body, []byte("vbaProject.bin"))},
		{Locked, lockedZIP(p.Body)},
		{NameHides, strings.ContainsFunc(claimed, hides) || strings.Contains(claimed, "     ")},
	} {
		if s.holds {
			out = append(out, s.reason)
		}
	}
	return out
}

func runs(sniffed string) bool {
	switch sniffed {
	case "application/vnd.microsoft.portable-executable", "application/x-elf", "application/x-mach-binary", "application/java-vm",
		"application/x-ms-shortcut", "text/x-script", "application/vnd.ms-htmlhelp":
		return true
	}
	return false
}

// differs tells whether bytes are plainly something else than what they claim to be. Text may be anything, and many claim nothing.
func differs(claimed, sniffed string) bool {
	if runs(sniffed) {
		return !strings.HasPrefix(claimed, "application/") || claimed == "application/pdf"
	}
	kind, _, _ := strings.Cut(claimed, "/")
	switch {
	case claimed == "application/pdf":
		return sniffed != "application/pdf"
	case kind == "image" || kind == "video" || kind == "audio":
		return sniffed == "text/html" || sniffed == "application/pdf" || strings.Contains(sniffed, "zip") || sniffed == "application/x-ole-storage"
	case kind == "text":
		return sniffed == "application/pdf" || strings.Contains(sniffed, "zip") || sniffed == "application/x-ole-storage"
	}
	return false
}

// lockedZIP tells whether the first file of a ZIP archive is encrypted (APPNOTE 4.4.4, bit 0).
func lockedZIP(b []byte) bool {
	return bytes.HasPrefix(b, []byte("PK\x03\x04")) && len(b) > 6 && b[6]&1 == 1
}
