import type { Endpoint } from './endpoints.ts'

/** "resolution (69)" of the v3 paths. */
const VERSION_3 =
  '512x1536 576x1408 576x1472 576x1536 640x1344 640x1408 640x1472 640x1536 704x1152 704x1216 704x1280 704x1344 704x1408 704x1472 736x1312 768x1088 ' +
  '768x1216 768x1280 768x1344 800x1280 832x960 832x1024 832x1088 832x1152 832x1216 832x1248 864x1152 896x960 896x1024 896x1088 896x1120 896x1152 960x832 ' +
  '960x896 960x1024 960x1088 1024x832 1024x896 1024x960 1024x1024 1088x768 1088x832 1088x896 1088x960 1120x896 1152x704 1152x832 1152x864 1152x896 ' +
  '1216x704 1216x768 1216x832 1248x832 1280x704 1280x768 1280x800 1312x736 1344x640 1344x704 1344x768 1408x576 1408x640 1408x704 1472x576 1472x640 ' +
  '1472x704 1536x512 1536x576 1536x640'
/** "the v3 list minus 800x1280, plus …". */
const SECOND_ONLY = '640x1024 1024x640 720x1280 1280x720 768x1024 1024x768 768x1152 1152x768 768x1232 1232x768'

const SIZES_3: ReadonlySet<string> = new Set(VERSION_3.split(' '))
const SIZES_2: ReadonlySet<string> = new Set([...VERSION_3.split(' ').filter((size) => size !== '800x1280'), ...SECOND_ONLY.split(' ')])

/** What the vendor draws for each ratio. The last four are of no schema, but of clients that draw them. */
const RATIOS: ReadonlyMap<string, string> = new Map([
  ['1024x1024', '1_1'], ['1312x736', '16_9'], ['736x1312', '9_16'], ['1152x864', '4_3'], ['864x1152', '3_4'], ['1248x832', '3_2'], ['832x1248', '2_3'],
  ['1280x800', '16_10'], ['800x1280', '10_16'], ['1536x512', '3_1'], ['512x1536', '1_3'],
  ['1120x896', '5_4'], ['896x1120', '4_5'], ['1408x704', '2_1'], ['704x1408', '1_2'],
])

/** The field that says this size at an endpoint; undefined when it has none for it. */
export function sizeField(size: string, kind: NonNullable<Endpoint['size']>): { name: string; value: string } | undefined {
  switch (kind) {
    case 'pixels':
      return SIZES_3.has(size) ? { name: 'resolution', value: size } : undefined
    case 'resolution_word':
      return SIZES_2.has(size) ? { name: 'resolution', value: `RESOLUTION_${size.replace('x', '_')}` } : undefined
    case 'aspect_word': {
      const ratio = RATIOS.get(size)
      return ratio === undefined ? undefined : { name: 'aspect_ratio', value: `ASPECT_${ratio}` }
    }
  }
}
