import * as $protobuf from "protobufjs";

export namespace tallyman {

    namespace v1 {

        interface ICommand extends tallyman.v1.Command.$Properties {
        }

        class Command {
            constructor(properties?: tallyman.v1.Command.$Properties);
            $unknowns?: Uint8Array[];
            id: string;
            issuer: string;
            issuedAt: number;
            expiresAt: number;
            node: string;
            ping?: (tallyman.v1.Ping.$Properties|null);
            scan?: (tallyman.v1.Scan.$Properties|null);
            planCleanup?: (tallyman.v1.PlanCleanup.$Properties|null);
            applyPlan?: (tallyman.v1.ApplyPlan.$Properties|null);
            undo?: (tallyman.v1.Undo.$Properties|null);
            free?: (tallyman.v1.Free.$Properties|null);
            signature: Uint8Array;
            keyId: string;
            action?: ("ping"|"scan"|"planCleanup"|"applyPlan"|"undo"|"free");
            static create(properties: tallyman.v1.Command.$Shape): tallyman.v1.Command & tallyman.v1.Command.$Shape;
            static create(properties?: tallyman.v1.Command.$Properties): tallyman.v1.Command;
            static encode(message: tallyman.v1.Command.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Command & tallyman.v1.Command.$Shape;
        }

        namespace Command {
            interface $Properties {
                id?: (string|null);
                issuer?: (string|null);
                issuedAt?: (number|null);
                expiresAt?: (number|null);
                node?: (string|null);
                ping?: (tallyman.v1.Ping.$Properties|null);
                scan?: (tallyman.v1.Scan.$Properties|null);
                planCleanup?: (tallyman.v1.PlanCleanup.$Properties|null);
                applyPlan?: (tallyman.v1.ApplyPlan.$Properties|null);
                undo?: (tallyman.v1.Undo.$Properties|null);
                free?: (tallyman.v1.Free.$Properties|null);
                signature?: (Uint8Array|null);
                keyId?: (string|null);
                action?: ("ping"|"scan"|"planCleanup"|"applyPlan"|"undo"|"free");
                $unknowns?: Uint8Array[];
            }
            type $Shape = {
              id?: string|null;
              issuer?: string|null;
              issuedAt?: number|null;
              expiresAt?: number|null;
              node?: string|null;
              ping?: tallyman.v1.Ping.$Shape|null;
              scan?: tallyman.v1.Scan.$Shape|null;
              planCleanup?: tallyman.v1.PlanCleanup.$Shape|null;
              applyPlan?: tallyman.v1.ApplyPlan.$Shape|null;
              undo?: tallyman.v1.Undo.$Shape|null;
              free?: tallyman.v1.Free.$Shape|null;
              signature?: Uint8Array|null;
              keyId?: string|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ action?: undefined; ping?: null; scan?: null; planCleanup?: null; applyPlan?: null; undo?: null; free?: null }|{ action?: "ping"; ping: tallyman.v1.Ping.$Shape; scan?: null; planCleanup?: null; applyPlan?: null; undo?: null; free?: null }|{ action?: "scan"; ping?: null; scan: tallyman.v1.Scan.$Shape; planCleanup?: null; applyPlan?: null; undo?: null; free?: null }|{ action?: "planCleanup"; ping?: null; scan?: null; planCleanup: tallyman.v1.PlanCleanup.$Shape; applyPlan?: null; undo?: null; free?: null }|{ action?: "applyPlan"; ping?: null; scan?: null; planCleanup?: null; applyPlan: tallyman.v1.ApplyPlan.$Shape; undo?: null; free?: null }|{ action?: "undo"; ping?: null; scan?: null; planCleanup?: null; applyPlan?: null; undo: tallyman.v1.Undo.$Shape; free?: null }|{ action?: "free"; ping?: null; scan?: null; planCleanup?: null; applyPlan?: null; undo?: null; free: tallyman.v1.Free.$Shape })
            );
        }

        interface IPing extends tallyman.v1.Ping.$Properties {
        }

        class Ping {
            constructor(properties?: tallyman.v1.Ping.$Properties);
            $unknowns?: Uint8Array[];
            static create(properties: tallyman.v1.Ping.$Shape): tallyman.v1.Ping & tallyman.v1.Ping.$Shape;
            static create(properties?: tallyman.v1.Ping.$Properties): tallyman.v1.Ping;
            static encode(message: tallyman.v1.Ping.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Ping & tallyman.v1.Ping.$Shape;
        }

        namespace Ping {
            interface $Properties {
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Ping.$Properties;
        }

        interface IScan extends tallyman.v1.Scan.$Properties {
        }

        class Scan {
            constructor(properties?: tallyman.v1.Scan.$Properties);
            $unknowns?: Uint8Array[];
            anew: boolean;
            static create(properties: tallyman.v1.Scan.$Shape): tallyman.v1.Scan & tallyman.v1.Scan.$Shape;
            static create(properties?: tallyman.v1.Scan.$Properties): tallyman.v1.Scan;
            static encode(message: tallyman.v1.Scan.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Scan & tallyman.v1.Scan.$Shape;
        }

        namespace Scan {
            interface $Properties {
                anew?: (boolean|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Scan.$Properties;
        }

        interface IPlanCleanup extends tallyman.v1.PlanCleanup.$Properties {
        }

        class PlanCleanup {
            constructor(properties?: tallyman.v1.PlanCleanup.$Properties);
            $unknowns?: Uint8Array[];
            policy: Uint8Array;
            static create(properties: tallyman.v1.PlanCleanup.$Shape): tallyman.v1.PlanCleanup & tallyman.v1.PlanCleanup.$Shape;
            static create(properties?: tallyman.v1.PlanCleanup.$Properties): tallyman.v1.PlanCleanup;
            static encode(message: tallyman.v1.PlanCleanup.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.PlanCleanup & tallyman.v1.PlanCleanup.$Shape;
        }

        namespace PlanCleanup {
            interface $Properties {
                policy?: (Uint8Array|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.PlanCleanup.$Properties;
        }

        interface IApplyPlan extends tallyman.v1.ApplyPlan.$Properties {
        }

        class ApplyPlan {
            constructor(properties?: tallyman.v1.ApplyPlan.$Properties);
            $unknowns?: Uint8Array[];
            planId: string;
            stateHash: Uint8Array;
            static create(properties: tallyman.v1.ApplyPlan.$Shape): tallyman.v1.ApplyPlan & tallyman.v1.ApplyPlan.$Shape;
            static create(properties?: tallyman.v1.ApplyPlan.$Properties): tallyman.v1.ApplyPlan;
            static encode(message: tallyman.v1.ApplyPlan.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.ApplyPlan & tallyman.v1.ApplyPlan.$Shape;
        }

        namespace ApplyPlan {
            interface $Properties {
                planId?: (string|null);
                stateHash?: (Uint8Array|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.ApplyPlan.$Properties;
        }

        interface IUndo extends tallyman.v1.Undo.$Properties {
        }

        class Undo {
            constructor(properties?: tallyman.v1.Undo.$Properties);
            $unknowns?: Uint8Array[];
            receiptId: string;
            imageIds: string[];
            reason: string;
            static create(properties: tallyman.v1.Undo.$Shape): tallyman.v1.Undo & tallyman.v1.Undo.$Shape;
            static create(properties?: tallyman.v1.Undo.$Properties): tallyman.v1.Undo;
            static encode(message: tallyman.v1.Undo.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Undo & tallyman.v1.Undo.$Shape;
        }

        namespace Undo {
            interface $Properties {
                receiptId?: (string|null);
                imageIds?: (string[]|null);
                reason?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Undo.$Properties;
        }

        interface IFree extends tallyman.v1.Free.$Properties {
        }

        class Free {
            constructor(properties?: tallyman.v1.Free.$Properties);
            $unknowns?: Uint8Array[];
            receiptId: string;
            static create(properties: tallyman.v1.Free.$Shape): tallyman.v1.Free & tallyman.v1.Free.$Shape;
            static create(properties?: tallyman.v1.Free.$Properties): tallyman.v1.Free;
            static encode(message: tallyman.v1.Free.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Free & tallyman.v1.Free.$Shape;
        }

        namespace Free {
            interface $Properties {
                receiptId?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Free.$Properties;
        }

        interface ICatalogerVersion extends tallyman.v1.CatalogerVersion.$Properties {
        }

        class CatalogerVersion {
            constructor(properties?: tallyman.v1.CatalogerVersion.$Properties);
            $unknowns?: Uint8Array[];
            id: string;
            version: number;
            static create(properties: tallyman.v1.CatalogerVersion.$Shape): tallyman.v1.CatalogerVersion & tallyman.v1.CatalogerVersion.$Shape;
            static create(properties?: tallyman.v1.CatalogerVersion.$Properties): tallyman.v1.CatalogerVersion;
            static encode(message: tallyman.v1.CatalogerVersion.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.CatalogerVersion & tallyman.v1.CatalogerVersion.$Shape;
        }

        namespace CatalogerVersion {
            interface $Properties {
                id?: (string|null);
                version?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.CatalogerVersion.$Properties;
        }

        enum ContentKind {
            CONTENT_KIND_UNSPECIFIED = 0,
            CONTENT_KIND_LAYER_FACTS = 1,
            CONTENT_KIND_COMPOSITION = 2
        }

        interface IContentRef extends tallyman.v1.ContentRef.$Properties {
        }

        class ContentRef {
            constructor(properties?: tallyman.v1.ContentRef.$Properties);
            $unknowns?: Uint8Array[];
            kind: tallyman.v1.ContentKind;
            key: string;
            catalogerSet: Uint8Array;
            static create(properties: tallyman.v1.ContentRef.$Shape): tallyman.v1.ContentRef & tallyman.v1.ContentRef.$Shape;
            static create(properties?: tallyman.v1.ContentRef.$Properties): tallyman.v1.ContentRef;
            static encode(message: tallyman.v1.ContentRef.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.ContentRef & tallyman.v1.ContentRef.$Shape;
        }

        namespace ContentRef {
            interface $Properties {
                kind?: (tallyman.v1.ContentKind|null);
                key?: (string|null);
                catalogerSet?: (Uint8Array|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.ContentRef.$Properties;
        }

        interface IContentOffer extends tallyman.v1.ContentOffer.$Properties {
        }

        class ContentOffer {
            constructor(properties?: tallyman.v1.ContentOffer.$Properties);
            $unknowns?: Uint8Array[];
            refs: tallyman.v1.ContentRef.$Properties[];
            static create(properties: tallyman.v1.ContentOffer.$Shape): tallyman.v1.ContentOffer & tallyman.v1.ContentOffer.$Shape;
            static create(properties?: tallyman.v1.ContentOffer.$Properties): tallyman.v1.ContentOffer;
            static encode(message: tallyman.v1.ContentOffer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.ContentOffer & tallyman.v1.ContentOffer.$Shape;
        }

        namespace ContentOffer {
            interface $Properties {
                refs?: (tallyman.v1.ContentRef.$Properties[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.ContentOffer.$Properties;
        }

        interface IContentWant extends tallyman.v1.ContentWant.$Properties {
        }

        class ContentWant {
            constructor(properties?: tallyman.v1.ContentWant.$Properties);
            $unknowns?: Uint8Array[];
            wanted: tallyman.v1.WantedContent.$Properties[];
            held: tallyman.v1.ContentRef.$Properties[];
            assignedElsewhere: tallyman.v1.ContentRef.$Properties[];
            retryAfterMs: number;
            static create(properties: tallyman.v1.ContentWant.$Shape): tallyman.v1.ContentWant & tallyman.v1.ContentWant.$Shape;
            static create(properties?: tallyman.v1.ContentWant.$Properties): tallyman.v1.ContentWant;
            static encode(message: tallyman.v1.ContentWant.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.ContentWant & tallyman.v1.ContentWant.$Shape;
        }

        namespace ContentWant {
            interface $Properties {
                wanted?: (tallyman.v1.WantedContent.$Properties[]|null);
                held?: (tallyman.v1.ContentRef.$Properties[]|null);
                assignedElsewhere?: (tallyman.v1.ContentRef.$Properties[]|null);
                retryAfterMs?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.ContentWant.$Properties;
        }

        interface IWantedContent extends tallyman.v1.WantedContent.$Properties {
        }

        class WantedContent {
            constructor(properties?: tallyman.v1.WantedContent.$Properties);
            $unknowns?: Uint8Array[];
            ref?: (tallyman.v1.ContentRef.$Properties|null);
            lease: number;
            leaseMs: number;
            verify: boolean;
            static create(properties: tallyman.v1.WantedContent.$Shape): tallyman.v1.WantedContent & tallyman.v1.WantedContent.$Shape;
            static create(properties?: tallyman.v1.WantedContent.$Properties): tallyman.v1.WantedContent;
            static encode(message: tallyman.v1.WantedContent.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.WantedContent & tallyman.v1.WantedContent.$Shape;
        }

        namespace WantedContent {
            interface $Properties {
                ref?: (tallyman.v1.ContentRef.$Properties|null);
                lease?: (number|null);
                leaseMs?: (number|null);
                verify?: (boolean|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.WantedContent.$Properties;
        }

        interface IContentChunk extends tallyman.v1.ContentChunk.$Properties {
        }

        class ContentChunk {
            constructor(properties?: tallyman.v1.ContentChunk.$Properties);
            $unknowns?: Uint8Array[];
            ref?: (tallyman.v1.ContentRef.$Properties|null);
            lease: number;
            index: number;
            last: boolean;
            bytes: Uint8Array;
            sha256: Uint8Array;
            size: number;
            failure: string;
            static create(properties: tallyman.v1.ContentChunk.$Shape): tallyman.v1.ContentChunk & tallyman.v1.ContentChunk.$Shape;
            static create(properties?: tallyman.v1.ContentChunk.$Properties): tallyman.v1.ContentChunk;
            static encode(message: tallyman.v1.ContentChunk.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.ContentChunk & tallyman.v1.ContentChunk.$Shape;
        }

        namespace ContentChunk {
            interface $Properties {
                ref?: (tallyman.v1.ContentRef.$Properties|null);
                lease?: (number|null);
                index?: (number|null);
                last?: (boolean|null);
                bytes?: (Uint8Array|null);
                sha256?: (Uint8Array|null);
                size?: (number|null);
                failure?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.ContentChunk.$Properties;
        }

        interface IContentStored extends tallyman.v1.ContentStored.$Properties {
        }

        class ContentStored {
            constructor(properties?: tallyman.v1.ContentStored.$Properties);
            $unknowns?: Uint8Array[];
            ref?: (tallyman.v1.ContentRef.$Properties|null);
            refusal: string;
            static create(properties: tallyman.v1.ContentStored.$Shape): tallyman.v1.ContentStored & tallyman.v1.ContentStored.$Shape;
            static create(properties?: tallyman.v1.ContentStored.$Properties): tallyman.v1.ContentStored;
            static encode(message: tallyman.v1.ContentStored.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.ContentStored & tallyman.v1.ContentStored.$Shape;
        }

        namespace ContentStored {
            interface $Properties {
                ref?: (tallyman.v1.ContentRef.$Properties|null);
                refusal?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.ContentStored.$Properties;
        }

        interface ILayerFacts extends tallyman.v1.LayerFacts.$Properties {
        }

        class LayerFacts {
            constructor(properties?: tallyman.v1.LayerFacts.$Properties);
            $unknowns?: Uint8Array[];
            diffId: string;
            catalogers: tallyman.v1.CatalogerFacts.$Properties[];
            static create(properties: tallyman.v1.LayerFacts.$Shape): tallyman.v1.LayerFacts & tallyman.v1.LayerFacts.$Shape;
            static create(properties?: tallyman.v1.LayerFacts.$Properties): tallyman.v1.LayerFacts;
            static encode(message: tallyman.v1.LayerFacts.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.LayerFacts & tallyman.v1.LayerFacts.$Shape;
        }

        namespace LayerFacts {
            interface $Properties {
                diffId?: (string|null);
                catalogers?: (tallyman.v1.CatalogerFacts.$Properties[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.LayerFacts.$Properties;
        }

        interface ICatalogerFacts extends tallyman.v1.CatalogerFacts.$Properties {
        }

        class CatalogerFacts {
            constructor(properties?: tallyman.v1.CatalogerFacts.$Properties);
            $unknowns?: Uint8Array[];
            cataloger: string;
            version: number;
            facts: tallyman.v1.Fact.$Properties[];
            static create(properties: tallyman.v1.CatalogerFacts.$Shape): tallyman.v1.CatalogerFacts & tallyman.v1.CatalogerFacts.$Shape;
            static create(properties?: tallyman.v1.CatalogerFacts.$Properties): tallyman.v1.CatalogerFacts;
            static encode(message: tallyman.v1.CatalogerFacts.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.CatalogerFacts & tallyman.v1.CatalogerFacts.$Shape;
        }

        namespace CatalogerFacts {
            interface $Properties {
                cataloger?: (string|null);
                version?: (number|null);
                facts?: (tallyman.v1.Fact.$Properties[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.CatalogerFacts.$Properties;
        }

        interface IFact extends tallyman.v1.Fact.$Properties {
        }

        class Fact {
            constructor(properties?: tallyman.v1.Fact.$Properties);
            $unknowns?: Uint8Array[];
            path: string;
            status: tallyman.v1.FactStatus;
            message: string;
            packages: tallyman.v1.PackageRecord.$Properties[];
            release?: (tallyman.v1.OsRelease.$Properties|null);
            truncated: string;
            findings: tallyman.v1.Finding.$Properties[];
            static create(properties: tallyman.v1.Fact.$Shape): tallyman.v1.Fact & tallyman.v1.Fact.$Shape;
            static create(properties?: tallyman.v1.Fact.$Properties): tallyman.v1.Fact;
            static encode(message: tallyman.v1.Fact.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Fact & tallyman.v1.Fact.$Shape;
        }

        namespace Fact {
            interface $Properties {
                path?: (string|null);
                status?: (tallyman.v1.FactStatus|null);
                message?: (string|null);
                packages?: (tallyman.v1.PackageRecord.$Properties[]|null);
                release?: (tallyman.v1.OsRelease.$Properties|null);
                truncated?: (string|null);
                findings?: (tallyman.v1.Finding.$Properties[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Fact.$Properties;
        }

        interface IFinding extends tallyman.v1.Finding.$Properties {
        }

        class Finding {
            constructor(properties?: tallyman.v1.Finding.$Properties);
            $unknowns?: Uint8Array[];
            ruleId: string;
            kind: string;
            evidence: string;
            static create(properties: tallyman.v1.Finding.$Shape): tallyman.v1.Finding & tallyman.v1.Finding.$Shape;
            static create(properties?: tallyman.v1.Finding.$Properties): tallyman.v1.Finding;
            static encode(message: tallyman.v1.Finding.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Finding & tallyman.v1.Finding.$Shape;
        }

        namespace Finding {
            interface $Properties {
                ruleId?: (string|null);
                kind?: (string|null);
                evidence?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Finding.$Properties;
        }

        enum FactStatus {
            FACT_STATUS_UNSPECIFIED = 0,
            FACT_STATUS_FOUND = 1,
            FACT_STATUS_NOTHING = 2,
            FACT_STATUS_ERROR = 3
        }

        interface IPackageRecord extends tallyman.v1.PackageRecord.$Properties {
        }

        class PackageRecord {
            constructor(properties?: tallyman.v1.PackageRecord.$Properties);
            $unknowns?: Uint8Array[];
            type: string;
            namespace: string;
            name: string;
            version: string;
            epoch?: (number|null);
            architecture: string;
            sourceName: string;
            sourceVersion: string;
            licenses: string[];
            vendor: string;
            application: boolean;
            flags: string[];
            dependencies: string[];
            modularity: string;
            sha1: string;
            inside: string;
            distributionId: string;
            distributionVersion: string;
            qualifiers: { [k: string]: string };
            static create(properties: tallyman.v1.PackageRecord.$Shape): tallyman.v1.PackageRecord & tallyman.v1.PackageRecord.$Shape;
            static create(properties?: tallyman.v1.PackageRecord.$Properties): tallyman.v1.PackageRecord;
            static encode(message: tallyman.v1.PackageRecord.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.PackageRecord & tallyman.v1.PackageRecord.$Shape;
        }

        namespace PackageRecord {
            interface $Properties {
                type?: (string|null);
                namespace?: (string|null);
                name?: (string|null);
                version?: (string|null);
                epoch?: (number|null);
                architecture?: (string|null);
                sourceName?: (string|null);
                sourceVersion?: (string|null);
                licenses?: (string[]|null);
                vendor?: (string|null);
                application?: (boolean|null);
                flags?: (string[]|null);
                dependencies?: (string[]|null);
                modularity?: (string|null);
                sha1?: (string|null);
                inside?: (string|null);
                distributionId?: (string|null);
                distributionVersion?: (string|null);
                qualifiers?: ({ [k: string]: string }|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.PackageRecord.$Properties;
        }

        interface IOsRelease extends tallyman.v1.OsRelease.$Properties {
        }

        class OsRelease {
            constructor(properties?: tallyman.v1.OsRelease.$Properties);
            $unknowns?: Uint8Array[];
            id: string;
            idLike: string[];
            versionId: string;
            versionCodename: string;
            prettyName: string;
            variantId: string;
            cpeName: string;
            static create(properties: tallyman.v1.OsRelease.$Shape): tallyman.v1.OsRelease & tallyman.v1.OsRelease.$Shape;
            static create(properties?: tallyman.v1.OsRelease.$Properties): tallyman.v1.OsRelease;
            static encode(message: tallyman.v1.OsRelease.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.OsRelease & tallyman.v1.OsRelease.$Shape;
        }

        namespace OsRelease {
            interface $Properties {
                id?: (string|null);
                idLike?: (string[]|null);
                versionId?: (string|null);
                versionCodename?: (string|null);
                prettyName?: (string|null);
                variantId?: (string|null);
                cpeName?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.OsRelease.$Properties;
        }

        interface IComposition extends tallyman.v1.Composition.$Properties {
        }

        class Composition {
            constructor(properties?: tallyman.v1.Composition.$Properties);
            $unknowns?: Uint8Array[];
            key: string;
            diffIds: string[];
            release?: (tallyman.v1.OsRelease.$Properties|null);
            visible: tallyman.v1.FactRef.$Properties[];
            owned: tallyman.v1.FactRef.$Properties[];
            introduced: tallyman.v1.PackageOrigin.$Properties[];
            deletedDatabases: tallyman.v1.DeletedDatabase.$Properties[];
            opaqueBlind: boolean;
            licenses: tallyman.v1.PackageLicenses.$Properties[];
            mergeVersion: number;
            builds: tallyman.v1.LayerBuild.$Properties[];
            superseded: tallyman.v1.SupersededPackage.$Properties[];
            static create(properties: tallyman.v1.Composition.$Shape): tallyman.v1.Composition & tallyman.v1.Composition.$Shape;
            static create(properties?: tallyman.v1.Composition.$Properties): tallyman.v1.Composition;
            static encode(message: tallyman.v1.Composition.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Composition & tallyman.v1.Composition.$Shape;
        }

        namespace Composition {
            interface $Properties {
                key?: (string|null);
                diffIds?: (string[]|null);
                release?: (tallyman.v1.OsRelease.$Properties|null);
                visible?: (tallyman.v1.FactRef.$Properties[]|null);
                owned?: (tallyman.v1.FactRef.$Properties[]|null);
                introduced?: (tallyman.v1.PackageOrigin.$Properties[]|null);
                deletedDatabases?: (tallyman.v1.DeletedDatabase.$Properties[]|null);
                opaqueBlind?: (boolean|null);
                licenses?: (tallyman.v1.PackageLicenses.$Properties[]|null);
                mergeVersion?: (number|null);
                builds?: (tallyman.v1.LayerBuild.$Properties[]|null);
                superseded?: (tallyman.v1.SupersededPackage.$Properties[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Composition.$Properties;
        }

        interface ISupersededPackage extends tallyman.v1.SupersededPackage.$Properties {
        }

        class SupersededPackage {
            constructor(properties?: tallyman.v1.SupersededPackage.$Properties);
            $unknowns?: Uint8Array[];
            ref?: (tallyman.v1.FactRef.$Properties|null);
            package: string;
            static create(properties: tallyman.v1.SupersededPackage.$Shape): tallyman.v1.SupersededPackage & tallyman.v1.SupersededPackage.$Shape;
            static create(properties?: tallyman.v1.SupersededPackage.$Properties): tallyman.v1.SupersededPackage;
            static encode(message: tallyman.v1.SupersededPackage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.SupersededPackage & tallyman.v1.SupersededPackage.$Shape;
        }

        namespace SupersededPackage {
            interface $Properties {
                ref?: (tallyman.v1.FactRef.$Properties|null);
                "package"?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.SupersededPackage.$Properties;
        }

        interface ILayerBuild extends tallyman.v1.LayerBuild.$Properties {
        }

        class LayerBuild {
            constructor(properties?: tallyman.v1.LayerBuild.$Properties);
            $unknowns?: Uint8Array[];
            layer: number;
            contentSets: string[];
            nvr: string;
            architecture: string;
            cpe: string;
            static create(properties: tallyman.v1.LayerBuild.$Shape): tallyman.v1.LayerBuild & tallyman.v1.LayerBuild.$Shape;
            static create(properties?: tallyman.v1.LayerBuild.$Properties): tallyman.v1.LayerBuild;
            static encode(message: tallyman.v1.LayerBuild.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.LayerBuild & tallyman.v1.LayerBuild.$Shape;
        }

        namespace LayerBuild {
            interface $Properties {
                layer?: (number|null);
                contentSets?: (string[]|null);
                nvr?: (string|null);
                architecture?: (string|null);
                cpe?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.LayerBuild.$Properties;
        }

        interface IPackageLicenses extends tallyman.v1.PackageLicenses.$Properties {
        }

        class PackageLicenses {
            constructor(properties?: tallyman.v1.PackageLicenses.$Properties);
            $unknowns?: Uint8Array[];
            type: string;
            name: string;
            licenses: string[];
            static create(properties: tallyman.v1.PackageLicenses.$Shape): tallyman.v1.PackageLicenses & tallyman.v1.PackageLicenses.$Shape;
            static create(properties?: tallyman.v1.PackageLicenses.$Properties): tallyman.v1.PackageLicenses;
            static encode(message: tallyman.v1.PackageLicenses.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.PackageLicenses & tallyman.v1.PackageLicenses.$Shape;
        }

        namespace PackageLicenses {
            interface $Properties {
                type?: (string|null);
                name?: (string|null);
                licenses?: (string[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.PackageLicenses.$Properties;
        }

        interface IFactRef extends tallyman.v1.FactRef.$Properties {
        }

        class FactRef {
            constructor(properties?: tallyman.v1.FactRef.$Properties);
            $unknowns?: Uint8Array[];
            layer: number;
            cataloger: string;
            path: string;
            static create(properties: tallyman.v1.FactRef.$Shape): tallyman.v1.FactRef & tallyman.v1.FactRef.$Shape;
            static create(properties?: tallyman.v1.FactRef.$Properties): tallyman.v1.FactRef;
            static encode(message: tallyman.v1.FactRef.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.FactRef & tallyman.v1.FactRef.$Shape;
        }

        namespace FactRef {
            interface $Properties {
                layer?: (number|null);
                cataloger?: (string|null);
                path?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.FactRef.$Properties;
        }

        interface IPackageOrigin extends tallyman.v1.PackageOrigin.$Properties {
        }

        class PackageOrigin {
            constructor(properties?: tallyman.v1.PackageOrigin.$Properties);
            $unknowns?: Uint8Array[];
            ref?: (tallyman.v1.FactRef.$Properties|null);
            package: string;
            layer: number;
            static create(properties: tallyman.v1.PackageOrigin.$Shape): tallyman.v1.PackageOrigin & tallyman.v1.PackageOrigin.$Shape;
            static create(properties?: tallyman.v1.PackageOrigin.$Properties): tallyman.v1.PackageOrigin;
            static encode(message: tallyman.v1.PackageOrigin.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.PackageOrigin & tallyman.v1.PackageOrigin.$Shape;
        }

        namespace PackageOrigin {
            interface $Properties {
                ref?: (tallyman.v1.FactRef.$Properties|null);
                "package"?: (string|null);
                layer?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.PackageOrigin.$Properties;
        }

        interface IDeletedDatabase extends tallyman.v1.DeletedDatabase.$Properties {
        }

        class DeletedDatabase {
            constructor(properties?: tallyman.v1.DeletedDatabase.$Properties);
            $unknowns?: Uint8Array[];
            ref?: (tallyman.v1.FactRef.$Properties|null);
            layer: number;
            static create(properties: tallyman.v1.DeletedDatabase.$Shape): tallyman.v1.DeletedDatabase & tallyman.v1.DeletedDatabase.$Shape;
            static create(properties?: tallyman.v1.DeletedDatabase.$Properties): tallyman.v1.DeletedDatabase;
            static encode(message: tallyman.v1.DeletedDatabase.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.DeletedDatabase & tallyman.v1.DeletedDatabase.$Shape;
        }

        namespace DeletedDatabase {
            interface $Properties {
                ref?: (tallyman.v1.FactRef.$Properties|null);
                layer?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.DeletedDatabase.$Properties;
        }

        interface IEnrollRequest extends tallyman.v1.EnrollRequest.$Properties {
        }

        class EnrollRequest {
            constructor(properties?: tallyman.v1.EnrollRequest.$Properties);
            $unknowns?: Uint8Array[];
            node: string;
            certificateRequest: Uint8Array;
            joinToken?: (string|null);
            serviceAccountToken?: (string|null);
            renewal?: (tallyman.v1.Renewal.$Properties|null);
            proof?: ("joinToken"|"serviceAccountToken"|"renewal");
            static create(properties: tallyman.v1.EnrollRequest.$Shape): tallyman.v1.EnrollRequest & tallyman.v1.EnrollRequest.$Shape;
            static create(properties?: tallyman.v1.EnrollRequest.$Properties): tallyman.v1.EnrollRequest;
            static encode(message: tallyman.v1.EnrollRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.EnrollRequest & tallyman.v1.EnrollRequest.$Shape;
        }

        namespace EnrollRequest {
            interface $Properties {
                node?: (string|null);
                certificateRequest?: (Uint8Array|null);
                joinToken?: (string|null);
                serviceAccountToken?: (string|null);
                renewal?: (tallyman.v1.Renewal.$Properties|null);
                proof?: ("joinToken"|"serviceAccountToken"|"renewal");
                $unknowns?: Uint8Array[];
            }
            type $Shape = {
              node?: string|null;
              certificateRequest?: Uint8Array|null;
              joinToken?: string|null;
              serviceAccountToken?: string|null;
              renewal?: tallyman.v1.Renewal.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ proof?: undefined; joinToken?: null; serviceAccountToken?: null; renewal?: null }|{ proof?: "joinToken"; joinToken: string; serviceAccountToken?: null; renewal?: null }|{ proof?: "serviceAccountToken"; joinToken?: null; serviceAccountToken: string; renewal?: null }|{ proof?: "renewal"; joinToken?: null; serviceAccountToken?: null; renewal: tallyman.v1.Renewal.$Shape })
            );
        }

        interface IRenewal extends tallyman.v1.Renewal.$Properties {
        }

        class Renewal {
            constructor(properties?: tallyman.v1.Renewal.$Properties);
            $unknowns?: Uint8Array[];
            certificate: Uint8Array;
            signature: Uint8Array;
            static create(properties: tallyman.v1.Renewal.$Shape): tallyman.v1.Renewal & tallyman.v1.Renewal.$Shape;
            static create(properties?: tallyman.v1.Renewal.$Properties): tallyman.v1.Renewal;
            static encode(message: tallyman.v1.Renewal.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Renewal & tallyman.v1.Renewal.$Shape;
        }

        namespace Renewal {
            interface $Properties {
                certificate?: (Uint8Array|null);
                signature?: (Uint8Array|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Renewal.$Properties;
        }

        interface IEnrollResponse extends tallyman.v1.EnrollResponse.$Properties {
        }

        class EnrollResponse {
            constructor(properties?: tallyman.v1.EnrollResponse.$Properties);
            $unknowns?: Uint8Array[];
            certificateChain: string;
            authorities: string;
            notAfter: number;
            static create(properties: tallyman.v1.EnrollResponse.$Shape): tallyman.v1.EnrollResponse & tallyman.v1.EnrollResponse.$Shape;
            static create(properties?: tallyman.v1.EnrollResponse.$Properties): tallyman.v1.EnrollResponse;
            static encode(message: tallyman.v1.EnrollResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.EnrollResponse & tallyman.v1.EnrollResponse.$Shape;
        }

        namespace EnrollResponse {
            interface $Properties {
                certificateChain?: (string|null);
                authorities?: (string|null);
                notAfter?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.EnrollResponse.$Properties;
        }

        interface IEvent extends tallyman.v1.Event.$Properties {
        }

        class Event {
            constructor(properties?: tallyman.v1.Event.$Properties);
            $unknowns?: Uint8Array[];
            number: number;
            time: number;
            commandResult?: (tallyman.v1.CommandResult.$Properties|null);
            loss?: (tallyman.v1.Loss.$Properties|null);
            engineChange?: (tallyman.v1.EngineChange.$Properties|null);
            receipt?: (tallyman.v1.Receipt.$Properties|null);
            kind?: ("commandResult"|"loss"|"engineChange"|"receipt");
            static create(properties: tallyman.v1.Event.$Shape): tallyman.v1.Event & tallyman.v1.Event.$Shape;
            static create(properties?: tallyman.v1.Event.$Properties): tallyman.v1.Event;
            static encode(message: tallyman.v1.Event.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Event & tallyman.v1.Event.$Shape;
        }

        namespace Event {
            interface $Properties {
                number?: (number|null);
                time?: (number|null);
                commandResult?: (tallyman.v1.CommandResult.$Properties|null);
                loss?: (tallyman.v1.Loss.$Properties|null);
                engineChange?: (tallyman.v1.EngineChange.$Properties|null);
                receipt?: (tallyman.v1.Receipt.$Properties|null);
                kind?: ("commandResult"|"loss"|"engineChange"|"receipt");
                $unknowns?: Uint8Array[];
            }
            type $Shape = {
              number?: number|null;
              time?: number|null;
              commandResult?: tallyman.v1.CommandResult.$Shape|null;
              loss?: tallyman.v1.Loss.$Shape|null;
              engineChange?: tallyman.v1.EngineChange.$Shape|null;
              receipt?: tallyman.v1.Receipt.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ kind?: undefined; commandResult?: null; loss?: null; engineChange?: null; receipt?: null }|{ kind?: "commandResult"; commandResult: tallyman.v1.CommandResult.$Shape; loss?: null; engineChange?: null; receipt?: null }|{ kind?: "loss"; commandResult?: null; loss: tallyman.v1.Loss.$Shape; engineChange?: null; receipt?: null }|{ kind?: "engineChange"; commandResult?: null; loss?: null; engineChange: tallyman.v1.EngineChange.$Shape; receipt?: null }|{ kind?: "receipt"; commandResult?: null; loss?: null; engineChange?: null; receipt: tallyman.v1.Receipt.$Shape })
            );
        }

        enum Outcome {
            OUTCOME_UNSPECIFIED = 0,
            OUTCOME_DONE = 1,
            OUTCOME_FAILED = 2,
            OUTCOME_REFUSED = 3,
            OUTCOME_EXPIRED = 4
        }

        interface ICommandResult extends tallyman.v1.CommandResult.$Properties {
        }

        class CommandResult {
            constructor(properties?: tallyman.v1.CommandResult.$Properties);
            $unknowns?: Uint8Array[];
            commandId: string;
            outcome: tallyman.v1.Outcome;
            message: string;
            detail: Uint8Array;
            auditHead: string;
            auditSequence: number;
            static create(properties: tallyman.v1.CommandResult.$Shape): tallyman.v1.CommandResult & tallyman.v1.CommandResult.$Shape;
            static create(properties?: tallyman.v1.CommandResult.$Properties): tallyman.v1.CommandResult;
            static encode(message: tallyman.v1.CommandResult.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.CommandResult & tallyman.v1.CommandResult.$Shape;
        }

        namespace CommandResult {
            interface $Properties {
                commandId?: (string|null);
                outcome?: (tallyman.v1.Outcome|null);
                message?: (string|null);
                detail?: (Uint8Array|null);
                auditHead?: (string|null);
                auditSequence?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.CommandResult.$Properties;
        }

        interface ILoss extends tallyman.v1.Loss.$Properties {
        }

        class Loss {
            constructor(properties?: tallyman.v1.Loss.$Properties);
            $unknowns?: Uint8Array[];
            reason: string;
            count: number;
            firstNumber: number;
            lastNumber: number;
            static create(properties: tallyman.v1.Loss.$Shape): tallyman.v1.Loss & tallyman.v1.Loss.$Shape;
            static create(properties?: tallyman.v1.Loss.$Properties): tallyman.v1.Loss;
            static encode(message: tallyman.v1.Loss.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Loss & tallyman.v1.Loss.$Shape;
        }

        namespace Loss {
            interface $Properties {
                reason?: (string|null);
                count?: (number|null);
                firstNumber?: (number|null);
                lastNumber?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Loss.$Properties;
        }

        interface IEngineChange extends tallyman.v1.EngineChange.$Properties {
        }

        class EngineChange {
            constructor(properties?: tallyman.v1.EngineChange.$Properties);
            $unknowns?: Uint8Array[];
            engine: string;
            status: string;
            message: string;
            static create(properties: tallyman.v1.EngineChange.$Shape): tallyman.v1.EngineChange & tallyman.v1.EngineChange.$Shape;
            static create(properties?: tallyman.v1.EngineChange.$Properties): tallyman.v1.EngineChange;
            static encode(message: tallyman.v1.EngineChange.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.EngineChange & tallyman.v1.EngineChange.$Shape;
        }

        namespace EngineChange {
            interface $Properties {
                engine?: (string|null);
                status?: (string|null);
                message?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.EngineChange.$Properties;
        }

        interface IReceipt extends tallyman.v1.Receipt.$Properties {
        }

        class Receipt {
            constructor(properties?: tallyman.v1.Receipt.$Properties);
            $unknowns?: Uint8Array[];
            planId: string;
            predictedBytes: number;
            measuredBytes: number;
            items: tallyman.v1.ReceiptItem.$Properties[];
            runId: string;
            issuer: string;
            begunAt: number;
            endedAt: number;
            outcome: string;
            reason: string;
            undoUntil: number;
            static create(properties: tallyman.v1.Receipt.$Shape): tallyman.v1.Receipt & tallyman.v1.Receipt.$Shape;
            static create(properties?: tallyman.v1.Receipt.$Properties): tallyman.v1.Receipt;
            static encode(message: tallyman.v1.Receipt.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Receipt & tallyman.v1.Receipt.$Shape;
        }

        namespace Receipt {
            interface $Properties {
                planId?: (string|null);
                predictedBytes?: (number|null);
                measuredBytes?: (number|null);
                items?: (tallyman.v1.ReceiptItem.$Properties[]|null);
                runId?: (string|null);
                issuer?: (string|null);
                begunAt?: (number|null);
                endedAt?: (number|null);
                outcome?: (string|null);
                reason?: (string|null);
                undoUntil?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Receipt.$Properties;
        }

        interface IReceiptItem extends tallyman.v1.ReceiptItem.$Properties {
        }

        class ReceiptItem {
            constructor(properties?: tallyman.v1.ReceiptItem.$Properties);
            $unknowns?: Uint8Array[];
            imageId: string;
            names: string[];
            status: string;
            reason: string;
            predictedBytes: number;
            measuredBytes: number;
            why: string;
            static create(properties: tallyman.v1.ReceiptItem.$Shape): tallyman.v1.ReceiptItem & tallyman.v1.ReceiptItem.$Shape;
            static create(properties?: tallyman.v1.ReceiptItem.$Properties): tallyman.v1.ReceiptItem;
            static encode(message: tallyman.v1.ReceiptItem.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.ReceiptItem & tallyman.v1.ReceiptItem.$Shape;
        }

        namespace ReceiptItem {
            interface $Properties {
                imageId?: (string|null);
                names?: (string[]|null);
                status?: (string|null);
                reason?: (string|null);
                predictedBytes?: (number|null);
                measuredBytes?: (number|null);
                why?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.ReceiptItem.$Properties;
        }

        interface IHost extends tallyman.v1.Host.$Properties {
        }

        class Host {
            constructor(properties?: tallyman.v1.Host.$Properties);
            $unknowns?: Uint8Array[];
            hostname: string;
            os: string;
            kernel: string;
            architecture: string;
            bootId: string;
            agentVersion: string;
            engines: tallyman.v1.Engine.$Properties[];
            limitations: string[];
            static create(properties: tallyman.v1.Host.$Shape): tallyman.v1.Host & tallyman.v1.Host.$Shape;
            static create(properties?: tallyman.v1.Host.$Properties): tallyman.v1.Host;
            static encode(message: tallyman.v1.Host.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Host & tallyman.v1.Host.$Shape;
        }

        namespace Host {
            interface $Properties {
                hostname?: (string|null);
                os?: (string|null);
                kernel?: (string|null);
                architecture?: (string|null);
                bootId?: (string|null);
                agentVersion?: (string|null);
                engines?: (tallyman.v1.Engine.$Properties[]|null);
                limitations?: (string[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Host.$Properties;
        }

        interface IEngine extends tallyman.v1.Engine.$Properties {
        }

        class Engine {
            constructor(properties?: tallyman.v1.Engine.$Properties);
            $unknowns?: Uint8Array[];
            id: string;
            address: string;
            version: string;
            status: string;
            message: string;
            static create(properties: tallyman.v1.Engine.$Shape): tallyman.v1.Engine & tallyman.v1.Engine.$Shape;
            static create(properties?: tallyman.v1.Engine.$Properties): tallyman.v1.Engine;
            static encode(message: tallyman.v1.Engine.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Engine & tallyman.v1.Engine.$Shape;
        }

        namespace Engine {
            interface $Properties {
                id?: (string|null);
                address?: (string|null);
                version?: (string|null);
                status?: (string|null);
                message?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Engine.$Properties;
        }

        interface IImage extends tallyman.v1.Image.$Properties {
        }

        class Image {
            constructor(properties?: tallyman.v1.Image.$Properties);
            $unknowns?: Uint8Array[];
            imageId: string;
            names: tallyman.v1.ImageName.$Properties[];
            manifestDigests: string[];
            os: string;
            architecture: string;
            variant: string;
            diffIds: string[];
            builtAt?: (number|null);
            sizeBytes: number;
            labels: { [k: string]: string };
            pinned: boolean;
            composition: string;
            firstSeen: number;
            lastUsed: number;
            problem: string;
            static create(properties: tallyman.v1.Image.$Shape): tallyman.v1.Image & tallyman.v1.Image.$Shape;
            static create(properties?: tallyman.v1.Image.$Properties): tallyman.v1.Image;
            static encode(message: tallyman.v1.Image.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Image & tallyman.v1.Image.$Shape;
        }

        namespace Image {
            interface $Properties {
                imageId?: (string|null);
                names?: (tallyman.v1.ImageName.$Properties[]|null);
                manifestDigests?: (string[]|null);
                os?: (string|null);
                architecture?: (string|null);
                variant?: (string|null);
                diffIds?: (string[]|null);
                builtAt?: (number|null);
                sizeBytes?: (number|null);
                labels?: ({ [k: string]: string }|null);
                pinned?: (boolean|null);
                composition?: (string|null);
                firstSeen?: (number|null);
                lastUsed?: (number|null);
                problem?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Image.$Properties;
        }

        interface IImageName extends tallyman.v1.ImageName.$Properties {
        }

        class ImageName {
            constructor(properties?: tallyman.v1.ImageName.$Properties);
            $unknowns?: Uint8Array[];
            engine: string;
            namespace: string;
            name: string;
            target: string;
            static create(properties: tallyman.v1.ImageName.$Shape): tallyman.v1.ImageName & tallyman.v1.ImageName.$Shape;
            static create(properties?: tallyman.v1.ImageName.$Properties): tallyman.v1.ImageName;
            static encode(message: tallyman.v1.ImageName.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.ImageName & tallyman.v1.ImageName.$Shape;
        }

        namespace ImageName {
            interface $Properties {
                engine?: (string|null);
                namespace?: (string|null);
                name?: (string|null);
                target?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.ImageName.$Properties;
        }

        interface IContainer extends tallyman.v1.Container.$Properties {
        }

        class Container {
            constructor(properties?: tallyman.v1.Container.$Properties);
            $unknowns?: Uint8Array[];
            engine: string;
            namespace: string;
            id: string;
            name: string;
            kind: string;
            state: string;
            imageId: string;
            imageName: string;
            createdAt?: (number|null);
            pid: number;
            snapshotter: string;
            snapshotKey: string;
            pod?: (tallyman.v1.Pod.$Properties|null);
            privileged?: (boolean|null);
            static create(properties: tallyman.v1.Container.$Shape): tallyman.v1.Container & tallyman.v1.Container.$Shape;
            static create(properties?: tallyman.v1.Container.$Properties): tallyman.v1.Container;
            static encode(message: tallyman.v1.Container.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Container & tallyman.v1.Container.$Shape;
        }

        namespace Container {
            interface $Properties {
                engine?: (string|null);
                namespace?: (string|null);
                id?: (string|null);
                name?: (string|null);
                kind?: (string|null);
                state?: (string|null);
                imageId?: (string|null);
                imageName?: (string|null);
                createdAt?: (number|null);
                pid?: (number|null);
                snapshotter?: (string|null);
                snapshotKey?: (string|null);
                pod?: (tallyman.v1.Pod.$Properties|null);
                privileged?: (boolean|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Container.$Properties;
        }

        interface IPod extends tallyman.v1.Pod.$Properties {
        }

        class Pod {
            constructor(properties?: tallyman.v1.Pod.$Properties);
            $unknowns?: Uint8Array[];
            name: string;
            namespace: string;
            uid: string;
            static create(properties: tallyman.v1.Pod.$Shape): tallyman.v1.Pod & tallyman.v1.Pod.$Shape;
            static create(properties?: tallyman.v1.Pod.$Properties): tallyman.v1.Pod;
            static encode(message: tallyman.v1.Pod.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Pod & tallyman.v1.Pod.$Shape;
        }

        namespace Pod {
            interface $Properties {
                name?: (string|null);
                namespace?: (string|null);
                uid?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Pod.$Properties;
        }

        interface IProcess extends tallyman.v1.Process.$Properties {
        }

        class Process {
            constructor(properties?: tallyman.v1.Process.$Properties);
            $unknowns?: Uint8Array[];
            bootId: string;
            pid: number;
            parentPid: number;
            startTicks: number;
            startedAt: number;
            command: string;
            executable: string;
            uid: number;
            user: string;
            attribution: string;
            containerId: string;
            podUid: string;
            imageId: string;
            static create(properties: tallyman.v1.Process.$Shape): tallyman.v1.Process & tallyman.v1.Process.$Shape;
            static create(properties?: tallyman.v1.Process.$Properties): tallyman.v1.Process;
            static encode(message: tallyman.v1.Process.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Process & tallyman.v1.Process.$Shape;
        }

        namespace Process {
            interface $Properties {
                bootId?: (string|null);
                pid?: (number|null);
                parentPid?: (number|null);
                startTicks?: (number|null);
                startedAt?: (number|null);
                command?: (string|null);
                executable?: (string|null);
                uid?: (number|null);
                user?: (string|null);
                attribution?: (string|null);
                containerId?: (string|null);
                podUid?: (string|null);
                imageId?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Process.$Properties;
        }

        interface ISessionRequest extends tallyman.v1.SessionRequest.$Properties {
        }

        class SessionRequest {
            constructor(properties?: tallyman.v1.SessionRequest.$Properties);
            $unknowns?: Uint8Array[];
            hello?: (tallyman.v1.Hello.$Properties|null);
            heartbeat?: (tallyman.v1.Heartbeat.$Properties|null);
            stateChange?: (tallyman.v1.StateChange.$Properties|null);
            bucketHashes?: (tallyman.v1.BucketHashes.$Properties|null);
            bucketState?: (tallyman.v1.BucketState.$Properties|null);
            contentOffer?: (tallyman.v1.ContentOffer.$Properties|null);
            contentChunk?: (tallyman.v1.ContentChunk.$Properties|null);
            eventBatch?: (tallyman.v1.EventBatch.$Properties|null);
            goodbye?: (tallyman.v1.Goodbye.$Properties|null);
            commandCredit?: (tallyman.v1.CommandCredit.$Properties|null);
            message?: ("hello"|"heartbeat"|"stateChange"|"bucketHashes"|"bucketState"|"contentOffer"|"contentChunk"|"eventBatch"|"goodbye"|"commandCredit");
            static create(properties: tallyman.v1.SessionRequest.$Shape): tallyman.v1.SessionRequest & tallyman.v1.SessionRequest.$Shape;
            static create(properties?: tallyman.v1.SessionRequest.$Properties): tallyman.v1.SessionRequest;
            static encode(message: tallyman.v1.SessionRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.SessionRequest & tallyman.v1.SessionRequest.$Shape;
        }

        namespace SessionRequest {
            interface $Properties {
                hello?: (tallyman.v1.Hello.$Properties|null);
                heartbeat?: (tallyman.v1.Heartbeat.$Properties|null);
                stateChange?: (tallyman.v1.StateChange.$Properties|null);
                bucketHashes?: (tallyman.v1.BucketHashes.$Properties|null);
                bucketState?: (tallyman.v1.BucketState.$Properties|null);
                contentOffer?: (tallyman.v1.ContentOffer.$Properties|null);
                contentChunk?: (tallyman.v1.ContentChunk.$Properties|null);
                eventBatch?: (tallyman.v1.EventBatch.$Properties|null);
                goodbye?: (tallyman.v1.Goodbye.$Properties|null);
                commandCredit?: (tallyman.v1.CommandCredit.$Properties|null);
                message?: ("hello"|"heartbeat"|"stateChange"|"bucketHashes"|"bucketState"|"contentOffer"|"contentChunk"|"eventBatch"|"goodbye"|"commandCredit");
                $unknowns?: Uint8Array[];
            }
            type $Shape = {
              hello?: tallyman.v1.Hello.$Shape|null;
              heartbeat?: tallyman.v1.Heartbeat.$Shape|null;
              stateChange?: tallyman.v1.StateChange.$Shape|null;
              bucketHashes?: tallyman.v1.BucketHashes.$Shape|null;
              bucketState?: tallyman.v1.BucketState.$Shape|null;
              contentOffer?: tallyman.v1.ContentOffer.$Shape|null;
              contentChunk?: tallyman.v1.ContentChunk.$Shape|null;
              eventBatch?: tallyman.v1.EventBatch.$Shape|null;
              goodbye?: tallyman.v1.Goodbye.$Shape|null;
              commandCredit?: tallyman.v1.CommandCredit.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ message?: undefined; hello?: null; heartbeat?: null; stateChange?: null; bucketHashes?: null; bucketState?: null; contentOffer?: null; contentChunk?: null; eventBatch?: null; goodbye?: null; commandCredit?: null }|{ message?: "hello"; hello: tallyman.v1.Hello.$Shape; heartbeat?: null; stateChange?: null; bucketHashes?: null; bucketState?: null; contentOffer?: null; contentChunk?: null; eventBatch?: null; goodbye?: null; commandCredit?: null }|{ message?: "heartbeat"; hello?: null; heartbeat: tallyman.v1.Heartbeat.$Shape; stateChange?: null; bucketHashes?: null; bucketState?: null; contentOffer?: null; contentChunk?: null; eventBatch?: null; goodbye?: null; commandCredit?: null }|{ message?: "stateChange"; hello?: null; heartbeat?: null; stateChange: tallyman.v1.StateChange.$Shape; bucketHashes?: null; bucketState?: null; contentOffer?: null; contentChunk?: null; eventBatch?: null; goodbye?: null; commandCredit?: null }|{ message?: "bucketHashes"; hello?: null; heartbeat?: null; stateChange?: null; bucketHashes: tallyman.v1.BucketHashes.$Shape; bucketState?: null; contentOffer?: null; contentChunk?: null; eventBatch?: null; goodbye?: null; commandCredit?: null }|{ message?: "bucketState"; hello?: null; heartbeat?: null; stateChange?: null; bucketHashes?: null; bucketState: tallyman.v1.BucketState.$Shape; contentOffer?: null; contentChunk?: null; eventBatch?: null; goodbye?: null; commandCredit?: null }|{ message?: "contentOffer"; hello?: null; heartbeat?: null; stateChange?: null; bucketHashes?: null; bucketState?: null; contentOffer: tallyman.v1.ContentOffer.$Shape; contentChunk?: null; eventBatch?: null; goodbye?: null; commandCredit?: null }|{ message?: "contentChunk"; hello?: null; heartbeat?: null; stateChange?: null; bucketHashes?: null; bucketState?: null; contentOffer?: null; contentChunk: tallyman.v1.ContentChunk.$Shape; eventBatch?: null; goodbye?: null; commandCredit?: null }|{ message?: "eventBatch"; hello?: null; heartbeat?: null; stateChange?: null; bucketHashes?: null; bucketState?: null; contentOffer?: null; contentChunk?: null; eventBatch: tallyman.v1.EventBatch.$Shape; goodbye?: null; commandCredit?: null }|{ message?: "goodbye"; hello?: null; heartbeat?: null; stateChange?: null; bucketHashes?: null; bucketState?: null; contentOffer?: null; contentChunk?: null; eventBatch?: null; goodbye: tallyman.v1.Goodbye.$Shape; commandCredit?: null }|{ message?: "commandCredit"; hello?: null; heartbeat?: null; stateChange?: null; bucketHashes?: null; bucketState?: null; contentOffer?: null; contentChunk?: null; eventBatch?: null; goodbye?: null; commandCredit: tallyman.v1.CommandCredit.$Shape })
            );
        }

        interface ISessionResponse extends tallyman.v1.SessionResponse.$Properties {
        }

        class SessionResponse {
            constructor(properties?: tallyman.v1.SessionResponse.$Properties);
            $unknowns?: Uint8Array[];
            welcome?: (tallyman.v1.Welcome.$Properties|null);
            refusal?: (tallyman.v1.Refusal.$Properties|null);
            stateStored?: (tallyman.v1.StateStored.$Properties|null);
            stateCompare?: (tallyman.v1.StateCompare.$Properties|null);
            bucketRequest?: (tallyman.v1.BucketRequest.$Properties|null);
            contentWant?: (tallyman.v1.ContentWant.$Properties|null);
            contentStored?: (tallyman.v1.ContentStored.$Properties|null);
            eventAck?: (tallyman.v1.EventAck.$Properties|null);
            credit?: (tallyman.v1.Credit.$Properties|null);
            command?: (tallyman.v1.Command.$Properties|null);
            drain?: (tallyman.v1.Drain.$Properties|null);
            queued?: (tallyman.v1.Queued.$Properties|null);
            message?: ("welcome"|"refusal"|"stateStored"|"stateCompare"|"bucketRequest"|"contentWant"|"contentStored"|"eventAck"|"credit"|"command"|"drain"|"queued");
            static create(properties: tallyman.v1.SessionResponse.$Shape): tallyman.v1.SessionResponse & tallyman.v1.SessionResponse.$Shape;
            static create(properties?: tallyman.v1.SessionResponse.$Properties): tallyman.v1.SessionResponse;
            static encode(message: tallyman.v1.SessionResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.SessionResponse & tallyman.v1.SessionResponse.$Shape;
        }

        namespace SessionResponse {
            interface $Properties {
                welcome?: (tallyman.v1.Welcome.$Properties|null);
                refusal?: (tallyman.v1.Refusal.$Properties|null);
                stateStored?: (tallyman.v1.StateStored.$Properties|null);
                stateCompare?: (tallyman.v1.StateCompare.$Properties|null);
                bucketRequest?: (tallyman.v1.BucketRequest.$Properties|null);
                contentWant?: (tallyman.v1.ContentWant.$Properties|null);
                contentStored?: (tallyman.v1.ContentStored.$Properties|null);
                eventAck?: (tallyman.v1.EventAck.$Properties|null);
                credit?: (tallyman.v1.Credit.$Properties|null);
                command?: (tallyman.v1.Command.$Properties|null);
                drain?: (tallyman.v1.Drain.$Properties|null);
                queued?: (tallyman.v1.Queued.$Properties|null);
                message?: ("welcome"|"refusal"|"stateStored"|"stateCompare"|"bucketRequest"|"contentWant"|"contentStored"|"eventAck"|"credit"|"command"|"drain"|"queued");
                $unknowns?: Uint8Array[];
            }
            type $Shape = {
              welcome?: tallyman.v1.Welcome.$Shape|null;
              refusal?: tallyman.v1.Refusal.$Shape|null;
              stateStored?: tallyman.v1.StateStored.$Shape|null;
              stateCompare?: tallyman.v1.StateCompare.$Shape|null;
              bucketRequest?: tallyman.v1.BucketRequest.$Shape|null;
              contentWant?: tallyman.v1.ContentWant.$Shape|null;
              contentStored?: tallyman.v1.ContentStored.$Shape|null;
              eventAck?: tallyman.v1.EventAck.$Shape|null;
              credit?: tallyman.v1.Credit.$Shape|null;
              command?: tallyman.v1.Command.$Shape|null;
              drain?: tallyman.v1.Drain.$Shape|null;
              queued?: tallyman.v1.Queued.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ message?: undefined; welcome?: null; refusal?: null; stateStored?: null; stateCompare?: null; bucketRequest?: null; contentWant?: null; contentStored?: null; eventAck?: null; credit?: null; command?: null; drain?: null; queued?: null }|{ message?: "welcome"; welcome: tallyman.v1.Welcome.$Shape; refusal?: null; stateStored?: null; stateCompare?: null; bucketRequest?: null; contentWant?: null; contentStored?: null; eventAck?: null; credit?: null; command?: null; drain?: null; queued?: null }|{ message?: "refusal"; welcome?: null; refusal: tallyman.v1.Refusal.$Shape; stateStored?: null; stateCompare?: null; bucketRequest?: null; contentWant?: null; contentStored?: null; eventAck?: null; credit?: null; command?: null; drain?: null; queued?: null }|{ message?: "stateStored"; welcome?: null; refusal?: null; stateStored: tallyman.v1.StateStored.$Shape; stateCompare?: null; bucketRequest?: null; contentWant?: null; contentStored?: null; eventAck?: null; credit?: null; command?: null; drain?: null; queued?: null }|{ message?: "stateCompare"; welcome?: null; refusal?: null; stateStored?: null; stateCompare: tallyman.v1.StateCompare.$Shape; bucketRequest?: null; contentWant?: null; contentStored?: null; eventAck?: null; credit?: null; command?: null; drain?: null; queued?: null }|{ message?: "bucketRequest"; welcome?: null; refusal?: null; stateStored?: null; stateCompare?: null; bucketRequest: tallyman.v1.BucketRequest.$Shape; contentWant?: null; contentStored?: null; eventAck?: null; credit?: null; command?: null; drain?: null; queued?: null }|{ message?: "contentWant"; welcome?: null; refusal?: null; stateStored?: null; stateCompare?: null; bucketRequest?: null; contentWant: tallyman.v1.ContentWant.$Shape; contentStored?: null; eventAck?: null; credit?: null; command?: null; drain?: null; queued?: null }|{ message?: "contentStored"; welcome?: null; refusal?: null; stateStored?: null; stateCompare?: null; bucketRequest?: null; contentWant?: null; contentStored: tallyman.v1.ContentStored.$Shape; eventAck?: null; credit?: null; command?: null; drain?: null; queued?: null }|{ message?: "eventAck"; welcome?: null; refusal?: null; stateStored?: null; stateCompare?: null; bucketRequest?: null; contentWant?: null; contentStored?: null; eventAck: tallyman.v1.EventAck.$Shape; credit?: null; command?: null; drain?: null; queued?: null }|{ message?: "credit"; welcome?: null; refusal?: null; stateStored?: null; stateCompare?: null; bucketRequest?: null; contentWant?: null; contentStored?: null; eventAck?: null; credit: tallyman.v1.Credit.$Shape; command?: null; drain?: null; queued?: null }|{ message?: "command"; welcome?: null; refusal?: null; stateStored?: null; stateCompare?: null; bucketRequest?: null; contentWant?: null; contentStored?: null; eventAck?: null; credit?: null; command: tallyman.v1.Command.$Shape; drain?: null; queued?: null }|{ message?: "drain"; welcome?: null; refusal?: null; stateStored?: null; stateCompare?: null; bucketRequest?: null; contentWant?: null; contentStored?: null; eventAck?: null; credit?: null; command?: null; drain: tallyman.v1.Drain.$Shape; queued?: null }|{ message?: "queued"; welcome?: null; refusal?: null; stateStored?: null; stateCompare?: null; bucketRequest?: null; contentWant?: null; contentStored?: null; eventAck?: null; credit?: null; command?: null; drain?: null; queued: tallyman.v1.Queued.$Shape })
            );
        }

        interface IHello extends tallyman.v1.Hello.$Properties {
        }

        class Hello {
            constructor(properties?: tallyman.v1.Hello.$Properties);
            $unknowns?: Uint8Array[];
            protocolMinor: number;
            agentVersion: string;
            node: string;
            bootId: string;
            epoch: string;
            catalogers: tallyman.v1.CatalogerVersion.$Properties[];
            limits?: (tallyman.v1.Limits.$Properties|null);
            stateRoot: Uint8Array;
            firstPendingEvent: number;
            instance: string;
            commandCredit: number;
            static create(properties: tallyman.v1.Hello.$Shape): tallyman.v1.Hello & tallyman.v1.Hello.$Shape;
            static create(properties?: tallyman.v1.Hello.$Properties): tallyman.v1.Hello;
            static encode(message: tallyman.v1.Hello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Hello & tallyman.v1.Hello.$Shape;
        }

        namespace Hello {
            interface $Properties {
                protocolMinor?: (number|null);
                agentVersion?: (string|null);
                node?: (string|null);
                bootId?: (string|null);
                epoch?: (string|null);
                catalogers?: (tallyman.v1.CatalogerVersion.$Properties[]|null);
                limits?: (tallyman.v1.Limits.$Properties|null);
                stateRoot?: (Uint8Array|null);
                firstPendingEvent?: (number|null);
                instance?: (string|null);
                commandCredit?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Hello.$Properties;
        }

        interface ILimits extends tallyman.v1.Limits.$Properties {
        }

        class Limits {
            constructor(properties?: tallyman.v1.Limits.$Properties);
            $unknowns?: Uint8Array[];
            maxMessageBytes: number;
            maxContentBytes: number;
            maxItemBytes: number;
            maxItems: number;
            static create(properties: tallyman.v1.Limits.$Shape): tallyman.v1.Limits & tallyman.v1.Limits.$Shape;
            static create(properties?: tallyman.v1.Limits.$Properties): tallyman.v1.Limits;
            static encode(message: tallyman.v1.Limits.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Limits & tallyman.v1.Limits.$Shape;
        }

        namespace Limits {
            interface $Properties {
                maxMessageBytes?: (number|null);
                maxContentBytes?: (number|null);
                maxItemBytes?: (number|null);
                maxItems?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Limits.$Properties;
        }

        interface IWelcome extends tallyman.v1.Welcome.$Properties {
        }

        class Welcome {
            constructor(properties?: tallyman.v1.Welcome.$Properties);
            $unknowns?: Uint8Array[];
            protocolMinor: number;
            collectorVersion: string;
            limits?: (tallyman.v1.Limits.$Properties|null);
            beatIntervalMs: number;
            credit?: (tallyman.v1.Credit.$Properties|null);
            eventsStoredUpTo: number;
            stateRoot: Uint8Array;
            sessionLifetimeMs: number;
            static create(properties: tallyman.v1.Welcome.$Shape): tallyman.v1.Welcome & tallyman.v1.Welcome.$Shape;
            static create(properties?: tallyman.v1.Welcome.$Properties): tallyman.v1.Welcome;
            static encode(message: tallyman.v1.Welcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Welcome & tallyman.v1.Welcome.$Shape;
        }

        namespace Welcome {
            interface $Properties {
                protocolMinor?: (number|null);
                collectorVersion?: (string|null);
                limits?: (tallyman.v1.Limits.$Properties|null);
                beatIntervalMs?: (number|null);
                credit?: (tallyman.v1.Credit.$Properties|null);
                eventsStoredUpTo?: (number|null);
                stateRoot?: (Uint8Array|null);
                sessionLifetimeMs?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Welcome.$Properties;
        }

        interface IQueued extends tallyman.v1.Queued.$Properties {
        }

        class Queued {
            constructor(properties?: tallyman.v1.Queued.$Properties);
            $unknowns?: Uint8Array[];
            ahead: number;
            static create(properties: tallyman.v1.Queued.$Shape): tallyman.v1.Queued & tallyman.v1.Queued.$Shape;
            static create(properties?: tallyman.v1.Queued.$Properties): tallyman.v1.Queued;
            static encode(message: tallyman.v1.Queued.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Queued & tallyman.v1.Queued.$Shape;
        }

        namespace Queued {
            interface $Properties {
                ahead?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Queued.$Properties;
        }

        interface IRefusal extends tallyman.v1.Refusal.$Properties {
        }

        class Refusal {
            constructor(properties?: tallyman.v1.Refusal.$Properties);
            $unknowns?: Uint8Array[];
            reason: tallyman.v1.RefusalReason;
            message: string;
            retryAfterMs: number;
            static create(properties: tallyman.v1.Refusal.$Shape): tallyman.v1.Refusal & tallyman.v1.Refusal.$Shape;
            static create(properties?: tallyman.v1.Refusal.$Properties): tallyman.v1.Refusal;
            static encode(message: tallyman.v1.Refusal.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Refusal & tallyman.v1.Refusal.$Shape;
        }

        namespace Refusal {
            interface $Properties {
                reason?: (tallyman.v1.RefusalReason|null);
                message?: (string|null);
                retryAfterMs?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Refusal.$Properties;
        }

        enum RefusalReason {
            REFUSAL_REASON_UNSPECIFIED = 0,
            REFUSAL_REASON_WRONG_NODE = 1,
            REFUSAL_REASON_PROTOCOL = 2,
            REFUSAL_REASON_OVERLOADED = 3,
            REFUSAL_REASON_DUPLICATE = 4,
            REFUSAL_REASON_LIMIT = 5
        }

        interface IHeartbeat extends tallyman.v1.Heartbeat.$Properties {
        }

        class Heartbeat {
            constructor(properties?: tallyman.v1.Heartbeat.$Properties);
            $unknowns?: Uint8Array[];
            stateRoot: Uint8Array;
            pendingEvents: number;
            condition: number;
            static create(properties: tallyman.v1.Heartbeat.$Shape): tallyman.v1.Heartbeat & tallyman.v1.Heartbeat.$Shape;
            static create(properties?: tallyman.v1.Heartbeat.$Properties): tallyman.v1.Heartbeat;
            static encode(message: tallyman.v1.Heartbeat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Heartbeat & tallyman.v1.Heartbeat.$Shape;
        }

        namespace Heartbeat {
            interface $Properties {
                stateRoot?: (Uint8Array|null);
                pendingEvents?: (number|null);
                condition?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Heartbeat.$Properties;
        }

        interface IStateChange extends tallyman.v1.StateChange.$Properties {
        }

        class StateChange {
            constructor(properties?: tallyman.v1.StateChange.$Properties);
            $unknowns?: Uint8Array[];
            upserts: tallyman.v1.StateItem.$Properties[];
            deletes: string[];
            stateRoot: Uint8Array;
            static create(properties: tallyman.v1.StateChange.$Shape): tallyman.v1.StateChange & tallyman.v1.StateChange.$Shape;
            static create(properties?: tallyman.v1.StateChange.$Properties): tallyman.v1.StateChange;
            static encode(message: tallyman.v1.StateChange.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.StateChange & tallyman.v1.StateChange.$Shape;
        }

        namespace StateChange {
            interface $Properties {
                upserts?: (tallyman.v1.StateItem.$Properties[]|null);
                deletes?: (string[]|null);
                stateRoot?: (Uint8Array|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.StateChange.$Properties;
        }

        interface IStateItem extends tallyman.v1.StateItem.$Properties {
        }

        class StateItem {
            constructor(properties?: tallyman.v1.StateItem.$Properties);
            $unknowns?: Uint8Array[];
            key: string;
            payload: Uint8Array;
            static create(properties: tallyman.v1.StateItem.$Shape): tallyman.v1.StateItem & tallyman.v1.StateItem.$Shape;
            static create(properties?: tallyman.v1.StateItem.$Properties): tallyman.v1.StateItem;
            static encode(message: tallyman.v1.StateItem.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.StateItem & tallyman.v1.StateItem.$Shape;
        }

        namespace StateItem {
            interface $Properties {
                key?: (string|null);
                payload?: (Uint8Array|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.StateItem.$Properties;
        }

        interface IStateStored extends tallyman.v1.StateStored.$Properties {
        }

        class StateStored {
            constructor(properties?: tallyman.v1.StateStored.$Properties);
            $unknowns?: Uint8Array[];
            stateRoot: Uint8Array;
            static create(properties: tallyman.v1.StateStored.$Shape): tallyman.v1.StateStored & tallyman.v1.StateStored.$Shape;
            static create(properties?: tallyman.v1.StateStored.$Properties): tallyman.v1.StateStored;
            static encode(message: tallyman.v1.StateStored.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.StateStored & tallyman.v1.StateStored.$Shape;
        }

        namespace StateStored {
            interface $Properties {
                stateRoot?: (Uint8Array|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.StateStored.$Properties;
        }

        interface IStateCompare extends tallyman.v1.StateCompare.$Properties {
        }

        class StateCompare {
            constructor(properties?: tallyman.v1.StateCompare.$Properties);
            $unknowns?: Uint8Array[];
            static create(properties: tallyman.v1.StateCompare.$Shape): tallyman.v1.StateCompare & tallyman.v1.StateCompare.$Shape;
            static create(properties?: tallyman.v1.StateCompare.$Properties): tallyman.v1.StateCompare;
            static encode(message: tallyman.v1.StateCompare.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.StateCompare & tallyman.v1.StateCompare.$Shape;
        }

        namespace StateCompare {
            interface $Properties {
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.StateCompare.$Properties;
        }

        interface IBucketHashes extends tallyman.v1.BucketHashes.$Properties {
        }

        class BucketHashes {
            constructor(properties?: tallyman.v1.BucketHashes.$Properties);
            $unknowns?: Uint8Array[];
            hashes: Uint8Array;
            static create(properties: tallyman.v1.BucketHashes.$Shape): tallyman.v1.BucketHashes & tallyman.v1.BucketHashes.$Shape;
            static create(properties?: tallyman.v1.BucketHashes.$Properties): tallyman.v1.BucketHashes;
            static encode(message: tallyman.v1.BucketHashes.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.BucketHashes & tallyman.v1.BucketHashes.$Shape;
        }

        namespace BucketHashes {
            interface $Properties {
                hashes?: (Uint8Array|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.BucketHashes.$Properties;
        }

        interface IBucketRequest extends tallyman.v1.BucketRequest.$Properties {
        }

        class BucketRequest {
            constructor(properties?: tallyman.v1.BucketRequest.$Properties);
            $unknowns?: Uint8Array[];
            buckets: number[];
            static create(properties: tallyman.v1.BucketRequest.$Shape): tallyman.v1.BucketRequest & tallyman.v1.BucketRequest.$Shape;
            static create(properties?: tallyman.v1.BucketRequest.$Properties): tallyman.v1.BucketRequest;
            static encode(message: tallyman.v1.BucketRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.BucketRequest & tallyman.v1.BucketRequest.$Shape;
        }

        namespace BucketRequest {
            interface $Properties {
                buckets?: (number[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.BucketRequest.$Properties;
        }

        interface IBucketState extends tallyman.v1.BucketState.$Properties {
        }

        class BucketState {
            constructor(properties?: tallyman.v1.BucketState.$Properties);
            $unknowns?: Uint8Array[];
            buckets: number[];
            items: tallyman.v1.StateItem.$Properties[];
            complete: boolean;
            stateRoot: Uint8Array;
            static create(properties: tallyman.v1.BucketState.$Shape): tallyman.v1.BucketState & tallyman.v1.BucketState.$Shape;
            static create(properties?: tallyman.v1.BucketState.$Properties): tallyman.v1.BucketState;
            static encode(message: tallyman.v1.BucketState.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.BucketState & tallyman.v1.BucketState.$Shape;
        }

        namespace BucketState {
            interface $Properties {
                buckets?: (number[]|null);
                items?: (tallyman.v1.StateItem.$Properties[]|null);
                complete?: (boolean|null);
                stateRoot?: (Uint8Array|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.BucketState.$Properties;
        }

        interface IEventBatch extends tallyman.v1.EventBatch.$Properties {
        }

        class EventBatch {
            constructor(properties?: tallyman.v1.EventBatch.$Properties);
            $unknowns?: Uint8Array[];
            epoch: string;
            events: tallyman.v1.Event.$Properties[];
            static create(properties: tallyman.v1.EventBatch.$Shape): tallyman.v1.EventBatch & tallyman.v1.EventBatch.$Shape;
            static create(properties?: tallyman.v1.EventBatch.$Properties): tallyman.v1.EventBatch;
            static encode(message: tallyman.v1.EventBatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.EventBatch & tallyman.v1.EventBatch.$Shape;
        }

        namespace EventBatch {
            interface $Properties {
                epoch?: (string|null);
                events?: (tallyman.v1.Event.$Properties[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = {
              epoch?: string|null;
              events?: tallyman.v1.Event.$Shape[]|null;
              $unknowns?: Uint8Array[];
            };
        }

        interface IEventAck extends tallyman.v1.EventAck.$Properties {
        }

        class EventAck {
            constructor(properties?: tallyman.v1.EventAck.$Properties);
            $unknowns?: Uint8Array[];
            epoch: string;
            upTo: number;
            static create(properties: tallyman.v1.EventAck.$Shape): tallyman.v1.EventAck & tallyman.v1.EventAck.$Shape;
            static create(properties?: tallyman.v1.EventAck.$Properties): tallyman.v1.EventAck;
            static encode(message: tallyman.v1.EventAck.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.EventAck & tallyman.v1.EventAck.$Shape;
        }

        namespace EventAck {
            interface $Properties {
                epoch?: (string|null);
                upTo?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.EventAck.$Properties;
        }

        interface ICredit extends tallyman.v1.Credit.$Properties {
        }

        class Credit {
            constructor(properties?: tallyman.v1.Credit.$Properties);
            $unknowns?: Uint8Array[];
            contentBytes: number;
            contentItems: number;
            beatIntervalMs: number;
            static create(properties: tallyman.v1.Credit.$Shape): tallyman.v1.Credit & tallyman.v1.Credit.$Shape;
            static create(properties?: tallyman.v1.Credit.$Properties): tallyman.v1.Credit;
            static encode(message: tallyman.v1.Credit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Credit & tallyman.v1.Credit.$Shape;
        }

        namespace Credit {
            interface $Properties {
                contentBytes?: (number|null);
                contentItems?: (number|null);
                beatIntervalMs?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Credit.$Properties;
        }

        interface ICommandCredit extends tallyman.v1.CommandCredit.$Properties {
        }

        class CommandCredit {
            constructor(properties?: tallyman.v1.CommandCredit.$Properties);
            $unknowns?: Uint8Array[];
            commands: number;
            static create(properties: tallyman.v1.CommandCredit.$Shape): tallyman.v1.CommandCredit & tallyman.v1.CommandCredit.$Shape;
            static create(properties?: tallyman.v1.CommandCredit.$Properties): tallyman.v1.CommandCredit;
            static encode(message: tallyman.v1.CommandCredit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.CommandCredit & tallyman.v1.CommandCredit.$Shape;
        }

        namespace CommandCredit {
            interface $Properties {
                commands?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.CommandCredit.$Properties;
        }

        interface IDrain extends tallyman.v1.Drain.$Properties {
        }

        class Drain {
            constructor(properties?: tallyman.v1.Drain.$Properties);
            $unknowns?: Uint8Array[];
            reconnectAfterMs: number;
            static create(properties: tallyman.v1.Drain.$Shape): tallyman.v1.Drain & tallyman.v1.Drain.$Shape;
            static create(properties?: tallyman.v1.Drain.$Properties): tallyman.v1.Drain;
            static encode(message: tallyman.v1.Drain.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Drain & tallyman.v1.Drain.$Shape;
        }

        namespace Drain {
            interface $Properties {
                reconnectAfterMs?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Drain.$Properties;
        }

        interface IGoodbye extends tallyman.v1.Goodbye.$Properties {
        }

        class Goodbye {
            constructor(properties?: tallyman.v1.Goodbye.$Properties);
            $unknowns?: Uint8Array[];
            reason: string;
            static create(properties: tallyman.v1.Goodbye.$Shape): tallyman.v1.Goodbye & tallyman.v1.Goodbye.$Shape;
            static create(properties?: tallyman.v1.Goodbye.$Properties): tallyman.v1.Goodbye;
            static encode(message: tallyman.v1.Goodbye.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tallyman.v1.Goodbye & tallyman.v1.Goodbye.$Shape;
        }

        namespace Goodbye {
            interface $Properties {
                reason?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = tallyman.v1.Goodbye.$Properties;
        }
    }
}
