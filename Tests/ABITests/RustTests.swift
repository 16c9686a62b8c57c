import Glibc
import TestCommands
import Testing

@Suite("Rust", .enabled(if: Headers.hasRust, "rustc is not installed."))
struct RustTests {
    @Test("every offset is the golden's")
    func offsets() {
        let folder = TemporaryFolder()
        let program = "\(folder.path)/offsets"
        let source = "\(Headers.root)/PluginAPI/Baselines/offsets.rs"
        let outcome = Command.run(["rustc", "--edition", "2021", "-o", program, source])
        #expect(outcome.succeeded, "\(outcome.output)")
        #expect(Command.run([program]).succeeded)
    }

    @Test(
        "a module exports its entry, carries the note and answers a query",
        .enabled(if: Command.first(of: ["cc"]) != nil))
    func module() throws {
        let folder = TemporaryFolder()
        let source = folder.write(Self.source, to: "module.rs")
        let library = "\(folder.path)/module.so"
        let outcome = Command.run([
            "rustc", "--edition", "2021", "--crate-type", "cdylib", "-C", "panic=abort", "-D", "warnings", "-C",
            "link-arg=-Wl,--no-gc-sections", "-o", library, source,
        ])
        #expect(outcome.succeeded, "\(outcome.output)")
        let bytes = try #require(TestFiles.read(library))
        #expect(bytes.firstRange(of: Array("Gantry\0\0".utf8) + [1, 0, 0, 0]) != nil)
        let handle = try #require(dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE))
        let entry = try #require(dlsym(handle, "gantry_entry_v1"))
        typealias Entry = @convention(c) (UnsafeRawPointer?, UnsafeMutableRawPointer) -> Int32
        var module = (UnsafeRawPointer?.none, UnsafeRawPointer?.none)
        #expect(unsafeBitCast(entry, to: Entry.self)(nil, &module) == 0)
        #expect(module.1 != nil, "The entry left `query` empty.")
    }

    private static let source = """
        #[path = "\(Headers.root)/PluginAPI/Rust/gantry.rs"]
        mod gantry;
        use gantry::*;
        use std::ffi::c_void;

        gantry_note!(GANTRY_RUNTIME_NONE);

        unsafe extern "C" fn query(
            _module: *mut c_void, id: gantry_str_v1, _revision: u32, _out_table: *mut *const c_void,
        ) -> i32 {
            if id.bytes() == GANTRY_HTTP_ID { GANTRY_E_FAILED } else { GANTRY_E_UNSUPPORTED }
        }

        #[no_mangle]
        pub unsafe extern "C" fn gantry_entry_v1(
            _host: *const gantry_host_v1, out_module: *mut gantry_module_v1,
        ) -> i32 {
            out_module.write(gantry_module_v1 { module: std::ptr::null_mut(), query });
            GANTRY_OK
        }

        """
}
