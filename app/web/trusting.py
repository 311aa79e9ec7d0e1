"""The page by which phones come to trust this deployment's own authority (安装证书): plain HTTP, two addresses, no secrets.

A phone that doesn't know the authority yet can't open the HTTPS pages without a warning, so this comes over HTTP; the
fingerprint on the server's console tells whether what came is what was meant.
"""

from __future__ import annotations

import html
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.web.certificates import Authority

PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>安装证书 · Gridward</title>
<style>
body{{font:17px/1.6 system-ui,sans-serif;margin:0 auto;max-width:40rem;padding:1rem;color:#1a1a1a;background:#fff}}
a.button{{display:block;padding:.7rem 1rem;margin:.75rem 0;border-radius:8px;text-align:center;
background:#0b5394;color:#fff;text-decoration:none}}
code{{overflow-wrap:anywhere;font-size:.85em}} [lang=en]{{color:#444}} h2{{font-size:1.1rem;margin-top:1.5rem}}
</style></head><body>
<h1>在手机上安装证书</h1>
<p>网格巡查页面需要加密连接（HTTPS）才能记录位置。本系统运行在局域网内，使用自己的证书颁发机构；安装一次即可。</p>
<p lang="en">Positions are recorded only over HTTPS. On a local network this server uses a certificate authority of its own:
install its certificate once.</p>
<a class="button" href="/ca.crt" download="gridward-ca.crt">1. 下载证书 Download the certificate</a>
<h2>安卓 / 鸿蒙 Android / HarmonyOS</h2>
<p>打开“设置 → 安全（或 密码与安全）→ 更多安全设置 → 加密与凭据 → 安装证书 → CA 证书”，选“仍然安装”，再选刚下载的
<b>gridward-ca.crt</b>。不同品牌菜单名称略有不同，可在设置里搜索“CA 证书”。装好后用 Chrome 或自带浏览器打开。</p>
<p>鸿蒙手机：在设置里搜索“凭据”，选“从存储设备安装”（HarmonyOS 4 及以前也可按上面安卓的步骤），用途选“CA 证书”，
再选 <b>gridward-ca.crt</b>；装好后用自带浏览器打开。</p>
<p lang="en">Settings → Security → More → Encryption &amp; credentials → Install a certificate → CA certificate → Install anyway,
then pick gridward-ca.crt. Or search the settings for “CA certificate”. Then use Chrome or
the phone's own browser. HarmonyOS: search the settings for “credentials”, choose “Install from storage”, CA certificate.</p>
<h2>苹果 iPhone</h2>
<p>用 Safari 点上面的按钮，选“允许”；打开“设置 → 已下载描述文件 → 安装”；再到“设置 → 通用 → 关于本机 → 证书信任设置”，
打开 Gridward 的开关。</p>
<p lang="en">In Safari tap the button and allow; Settings → Profile Downloaded → Install; then Settings → General → About →
Certificate Trust Settings → switch Gridward on.</p>
<h2>核对指纹 Compare the fingerprint</h2>
<p>安装时显示的 SHA-256 指纹应与服务器屏幕上的一致，不一致请勿安装：<br><code>{fingerprint}</code></p>
<p lang="en">It must be the one on the server's console; otherwise don't install it.</p>
<p>该证书只能用于本地名称和内网地址，不能冒充其他网站。不再使用时，可在同一处删除。</p>
<p lang="en">It certifies local names and private addresses only, and can be removed in the same place.</p>
<a class="button" href="{address}">2. 打开巡查页面 Open the patrol page</a>
</body></html>
"""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def serve(
    authority: Authority, host: str, port: int, names: Collection[str], https_port: int
) -> ThreadingHTTPServer:
    """Serve the page and the authority's certificate beside the pages, in a thread that ends with the process.

    Args:
        authority: Whose certificate phones are to trust.
        host: Address to listen on.
        port: Port to listen on.
        names: Host names by which the HTTPS pages may be addressed, the best first.
        https_port: Where those are.

    Raises:
        OSError: The port is taken.
    """
    best = next(iter(names), "localhost")
    certificate = authority.certificate_file.read_bytes()
    known = set(names)

    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "Gridward", ""
        timeout = 30

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/ca.crt":
                named = 'attachment; filename="gridward-ca.crt"'
                self._answer(200, "application/x-x509-ca-cert", certificate, {"Content-Disposition": named})
            elif path == "/":
                asked = self.headers.get("Host", "").rpartition(":")[0].strip("[]") or best
                name = asked if asked in known else best
                shown = f"[{name}]" if ":" in name else name
                address = html.escape(f"https://{shown}:{https_port}/phone/", quote=True)
                page = PAGE.format(fingerprint=authority.fingerprint, address=address)
                self._answer(200, "text/html; charset=utf-8", page.encode(), {})
            else:
                self._answer(404, "text/plain; charset=utf-8", "此处没有内容。Nothing here.\n".encode(), {})

        def _answer(self, status: int, kind: str, content: bytes, more: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {
                **HEADERS,
                "Content-Type": kind,
                "Content-Length": str(len(content)),
                **more,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            """Log nothing: who looks at this page is nobody's business."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
